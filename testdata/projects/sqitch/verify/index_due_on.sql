-- Verify billing:index_due_on on pg

BEGIN;

SELECT 1;

ROLLBACK;
