---- tern: disable-tx ----
CREATE INDEX CONCURRENTLY invoices_due_on_idx ON invoices (due_on);

---- create above / drop below ----

---- tern: disable-tx ----
DROP INDEX CONCURRENTLY invoices_due_on_idx;
