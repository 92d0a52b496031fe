-- Step one of two: new rows are checked from now on, old ones are not read yet.

-- +goose Up
UPDATE users SET email = 'unknown-' || id || '@example.com' WHERE email IS NULL;

ALTER TABLE users
    ADD CONSTRAINT users_email_set CHECK (email IS NOT NULL) NOT VALID;

-- +goose Down
ALTER TABLE users DROP CONSTRAINT users_email_set;
