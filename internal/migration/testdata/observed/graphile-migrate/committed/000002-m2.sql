--! Previous: sha1:a9536da7310fea8d824078af93f132b2fe44d5a0
--! Hash: sha1:4568aa0a5ade3c3e3fe498af9c5defce9a5ad011
--! Message: m2

--! no-transaction
CREATE INDEX ia ON a (x);
CREATE INDEX ib ON b (x); CREATE INDEX ic ON c (x);
INSERT INTO a
 VALUES (2);
