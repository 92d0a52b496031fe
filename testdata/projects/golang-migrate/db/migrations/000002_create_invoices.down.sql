BEGIN;

DROP TABLE payments;
DROP TABLE invoices;

COMMIT;
