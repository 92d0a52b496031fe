--liquibase formatted sql
--changeset "ana b":"9 z"
DROP INDEX ja;
DROP INDEX jb
GO
SELECT 5
/
SELECT 6
