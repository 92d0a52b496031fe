-- Verify billing:email_required on pg

BEGIN;

SELECT 1;

ROLLBACK;
