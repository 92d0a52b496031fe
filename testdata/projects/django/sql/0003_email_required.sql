BEGIN;
--
-- Alter field email on account
--
SET lock_timeout = '2s';
ALTER TABLE accounts ALTER COLUMN email SET NOT NULL;
COMMIT;
