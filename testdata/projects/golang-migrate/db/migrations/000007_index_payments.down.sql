DROP INDEX payments_received_at_idx;
DROP INDEX payments_invoice_id_idx;
