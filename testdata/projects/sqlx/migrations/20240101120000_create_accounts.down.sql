-- Add down migration script here
DROP TABLE invoices;
DROP TABLE accounts;
