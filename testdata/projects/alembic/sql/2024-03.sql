BEGIN;

-- Running upgrade 1a02 -> 1a03

SET lock_timeout = '2s';
ALTER TABLE accounts ALTER COLUMN email SET NOT NULL;

UPDATE alembic_version SET version_num='1a03' WHERE alembic_version.version_num = '1a02';

COMMIT;

BEGIN;

-- Running upgrade 1a03 -> 1a04

CREATE FUNCTION invoices_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.due_on := coalesce(NEW.due_on, current_date + 14);
  RETURN NEW;
END
$$;
SET lock_timeout = '2s';
ALTER TABLE invoices ADD CONSTRAINT invoices_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id);

UPDATE alembic_version SET version_num='1a04' WHERE alembic_version.version_num = '1a03';

COMMIT;
