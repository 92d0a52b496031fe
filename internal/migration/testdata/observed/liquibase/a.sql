--liquibase formatted sql
--changeset a:1
CREATE TABLE a (x int);
CREATE TABLE b (x int); CREATE TABLE c (x int);
INSERT INTO a VALUES (1); -- tail; comment
INSERT INTO b SELECT 1 /* ; */;
--rollback DROP TABLE a;
--changeset a:2 runInTransaction:false
CREATE INDEX ia ON a (x);
CREATE INDEX ib ON b (x); CREATE INDEX ic ON c (x);
INSERT INTO a
 VALUES (2);
--changeset a:3 splitStatements:false
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$
 SELECT 1;
 SELECT 2;
$$;
SELECT 'it''s; ok', $x$;$x$, 1;
--changeset a:4
SELECT 3;
SELECT 4;
--changeset a:5 endDelimiter:/
SELECT 5;
/
SELECT 6
/
--changeset a:6 dbms:mysql
SELECT 7;
--changeset a:7
DO $$ BEGIN PERFORM 1; PERFORM 2; END $$; SELECT 70;
SELECT 71
GO
SELECT 72
/
SELECT 73 / 2;
