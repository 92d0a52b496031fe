-- +goose Up
ALTER TABLE users ALTER COLUMN name TYPE varchar(200);
ALTER TABLE orders ALTER COLUMN id TYPE bigint;

-- +goose Down
ALTER TABLE orders ALTER COLUMN id TYPE integer;
ALTER TABLE users ALTER COLUMN name TYPE varchar(60);
