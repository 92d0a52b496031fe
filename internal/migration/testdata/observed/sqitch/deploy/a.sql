CREATE TABLE a (x int);
CREATE TABLE b (x int); CREATE TABLE c (x int);
INSERT INTO a VALUES (1); -- tail; comment
INSERT INTO b SELECT 1 /* ; */;
