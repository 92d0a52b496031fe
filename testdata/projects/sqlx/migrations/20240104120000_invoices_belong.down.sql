-- Add down migration script here
DROP FUNCTION invoices_due();
