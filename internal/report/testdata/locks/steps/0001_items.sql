CREATE TABLE items (id bigint PRIMARY KEY, code text, price integer);
