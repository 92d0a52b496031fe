--liquibase formatted sql
--changeset ana:7
CREATE INDEX ja ON a (x);
