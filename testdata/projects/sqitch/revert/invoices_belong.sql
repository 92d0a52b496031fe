-- Revert billing:invoices_belong from pg

BEGIN;

DROP FUNCTION invoices_due();

COMMIT;
