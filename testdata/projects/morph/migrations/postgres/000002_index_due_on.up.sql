-- morph:nontransactional
CREATE INDEX CONCURRENTLY invoices_due_on_idx ON invoices (due_on);
