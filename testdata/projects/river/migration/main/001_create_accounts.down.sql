DROP TABLE /* TEMPLATE: schema */invoices;
DROP TABLE /* TEMPLATE: schema */accounts;
