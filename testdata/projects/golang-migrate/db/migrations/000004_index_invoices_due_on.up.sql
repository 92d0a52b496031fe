CREATE INDEX CONCURRENTLY IF NOT EXISTS invoices_due_on_idx ON invoices (due_on);
