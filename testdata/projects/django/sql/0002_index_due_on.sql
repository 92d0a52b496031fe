--
-- Concurrently create index invoices_due_on_idx on field(s) due_on of model invoice
--
CREATE INDEX CONCURRENTLY invoices_due_on_idx ON invoices (due_on);
