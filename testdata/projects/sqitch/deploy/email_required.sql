-- Deploy billing:email_required to pg
\set ON_ERROR_STOP on
BEGIN;

SET lock_timeout = '2s';
ALTER TABLE accounts ALTER COLUMN email SET NOT NULL;

COMMIT;
