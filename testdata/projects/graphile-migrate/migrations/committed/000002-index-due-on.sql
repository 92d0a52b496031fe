--! Previous: sha1:000000000000000000000000000000abc1230000
--! Hash: sha1:000000000000000000000000000000abc1230001
--! Message: index due on

--! no-transaction
CREATE INDEX CONCURRENTLY invoices_due_on_idx ON invoices (due_on);
