SET LOCAL lock_timeout = '2s';

ALTER TABLE stock
    ADD CONSTRAINT stock_quantity_positive CHECK (quantity >= 0) NOT VALID;
