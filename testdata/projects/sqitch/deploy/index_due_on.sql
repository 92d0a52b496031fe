-- Deploy billing:index_due_on to pg
\set ON_ERROR_STOP on
CREATE INDEX CONCURRENTLY invoices_due_on_idx ON invoices (due_on);
