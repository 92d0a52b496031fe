CREATE INDEX CONCURRENTLY invoices_due_on_idx ON /* TEMPLATE: schema */invoices (due_on);
