--liquibase formatted sql

--changeset ana:1 context:test labels:fast comment:"first"
--comment: the table
CREATE TABLE a (x int);
--rollback DROP TABLE a;

--changeset ana:2 dbms:mysql
CREATE TABLE m (x int) ENGINE=InnoDB;

--changeset ana:3 dbms:postgresql,h2 endDelimiter:// stripComments:false
CREATE TABLE b (x int); CREATE TABLE c (x int)//
INSERT INTO a VALUES (1) // INSERT INTO a VALUES (2) //

--changeset ana:4 splitStatements:false
--preconditions onFail:MARK_RAN onError:HALT
--precondition-sql-check expectedResult:0 SELECT count(*) FROM b
INSERT INTO b VALUES (1); INSERT INTO c VALUES (1);
/* liquibase rollback
DELETE FROM b;
DELETE FROM c;
*/

--changeset ana:5 runInTransaction:false
CREATE INDEX CONCURRENTLY ia ON a (x);
CREATE INDEX CONCURRENTLY ib ON b (x);

--changeset ana:6
INSERT INTO a VALUES (3);
--ignoreLines:2
this is not SQL
nor is this;
--ignoreLines:start
'and not that
--ignoreLines:end
INSERT INTO a VALUES (4);
