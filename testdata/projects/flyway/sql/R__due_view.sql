CREATE OR REPLACE VIEW due AS SELECT id, due_on FROM invoices WHERE due_on < current_date;
COMMENT ON VIEW due IS ${owner};
