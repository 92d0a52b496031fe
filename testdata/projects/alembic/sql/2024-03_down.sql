BEGIN;

-- Running downgrade 1a04 -> 1a03

SET LOCAL lock_timeout = '2s';
ALTER TABLE invoices DROP CONSTRAINT invoices_account_fk;
DROP FUNCTION invoices_due();

UPDATE alembic_version SET version_num='1a03' WHERE alembic_version.version_num = '1a04';

COMMIT;

BEGIN;

-- Running downgrade 1a03 -> 1a02

SET LOCAL lock_timeout = '2s';
ALTER TABLE accounts ALTER COLUMN email DROP NOT NULL;

UPDATE alembic_version SET version_num='1a02' WHERE alembic_version.version_num = '1a03';

COMMIT;
