-- no-transaction
DROP INDEX CONCURRENTLY invoices_due_on_idx;
