SET lock_timeout = '2s';
ALTER TABLE users ALTER COLUMN email SET NOT NULL;
CREATE INDEX users_email ON users (email);
ALTER TABLE users DROP COLUMN plan;
