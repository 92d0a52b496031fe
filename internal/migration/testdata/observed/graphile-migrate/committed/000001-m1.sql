--! Previous: -
--! Hash: sha1:a9536da7310fea8d824078af93f132b2fe44d5a0
--! Message: m1

CREATE TABLE a (x int);
CREATE TABLE b (x int); CREATE TABLE c (x int);
INSERT INTO a VALUES (1); -- tail; comment
INSERT INTO b SELECT 1 /* ; */;
