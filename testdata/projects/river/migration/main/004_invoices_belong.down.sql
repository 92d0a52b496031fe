DROP FUNCTION invoices_due();
