-- +goose Up
ALTER TABLE orders ADD COLUMN status text NOT NULL DEFAULT 'new';

ALTER TABLE orders
    ADD CONSTRAINT orders_status_known
        CHECK (status IN ('new', 'paid', 'shipped', 'returned'));

-- +goose Down
ALTER TABLE orders DROP COLUMN status;
