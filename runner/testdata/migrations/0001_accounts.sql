CREATE TABLE accounts (id bigint PRIMARY KEY, hash text NOT NULL DEFAULT '');
