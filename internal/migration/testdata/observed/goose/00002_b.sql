-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX ia ON a (x);
CREATE INDEX ib ON b (x); CREATE INDEX ic ON c (x);
INSERT INTO a
 VALUES (2);
