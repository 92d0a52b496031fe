-- safemig:no-transaction
SET lock_timeout = '2s';

CREATE UNIQUE INDEX CONCURRENTLY items_code_key ON items (code);

ALTER TABLE items ADD CONSTRAINT items_code_key UNIQUE USING INDEX items_code_key;
