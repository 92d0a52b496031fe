ALTER TABLE stock VALIDATE CONSTRAINT stock_quantity_positive;
