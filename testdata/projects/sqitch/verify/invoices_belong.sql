-- Verify billing:invoices_belong on pg

BEGIN;

SELECT 1;

ROLLBACK;
