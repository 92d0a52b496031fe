-- Step two: the rows are read while everybody works on; SET NOT NULL then trusts
-- the constraint.

-- +goose Up
ALTER TABLE users VALIDATE CONSTRAINT users_email_set;
ALTER TABLE users ALTER COLUMN email SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT users_email_set;

-- +goose Down
ALTER TABLE users ALTER COLUMN email DROP NOT NULL;
ALTER TABLE users
    ADD CONSTRAINT users_email_set CHECK (email IS NOT NULL) NOT VALID;
