-- Revert billing:create_accounts from pg

BEGIN;

DROP TABLE invoices;
DROP TABLE accounts;

COMMIT;
