-- +migrate Up notransaction
CREATE INDEX CONCURRENTLY invoices_due_on_idx ON invoices (due_on);

-- +migrate Down notransaction
DROP INDEX CONCURRENTLY invoices_due_on_idx;
