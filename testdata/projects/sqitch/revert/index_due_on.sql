-- Revert billing:index_due_on from pg

DROP INDEX CONCURRENTLY invoices_due_on_idx;
