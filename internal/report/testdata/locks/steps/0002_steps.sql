-- safemig:no-transaction
SET lock_timeout = '2s';
CREATE INDEX CONCURRENTLY items_code_idx ON items (code);
ALTER TABLE items ALTER COLUMN code SET NOT NULL;
BEGIN;
SAVEPOINT here;
ALTER TABLE items ADD COLUMN a integer;
ROLLBACK TO here;
ALTER TABLE items ADD CHECK (price > 0) NOT VALID;
ROLLBACK;
BEGIN;
ALTER TABLE items ADD COLUMN b integer;
DROP INDEX CONCURRENTLY items_code_idx;
ALTER TABLE items ADD COLUMN c integer;
COMMIT;
ALTER TABEL items ADD d integer;
