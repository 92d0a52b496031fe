--liquibase formatted sql
--changeset ana:8
CREATE INDEX jb ON b (x);
