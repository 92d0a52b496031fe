CREATE TABLE users (id bigint PRIMARY KEY, email text);
CREATE TABLE orders (id integer PRIMARY KEY, user_id bigint NOT NULL, total integer);
