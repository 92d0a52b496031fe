-- golang-migrate sends a file as one message, which is one transaction when it
-- has two statements.
CREATE INDEX CONCURRENTLY payments_invoice_id_idx ON payments (invoice_id);
CREATE INDEX CONCURRENTLY payments_received_at_idx ON payments (received_at);
