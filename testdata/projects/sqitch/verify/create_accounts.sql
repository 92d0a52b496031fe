-- Verify billing:create_accounts on pg

BEGIN;

SELECT 1;

ROLLBACK;
