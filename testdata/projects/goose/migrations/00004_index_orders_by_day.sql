-- The same again, as it should be: nobody waits while the index is built.

-- +goose NO TRANSACTION

-- +goose Up
CREATE INDEX CONCURRENTLY orders_placed_at_idx ON orders (placed_at);

-- +goose Down
DROP INDEX CONCURRENTLY orders_placed_at_idx;
