--liquibase formatted sql

--changeset ana:3
SET lock_timeout = '2s';
ALTER TABLE accounts ALTER COLUMN email SET NOT NULL;
--rollback SET lock_timeout = '2s';
--rollback ALTER TABLE accounts ALTER COLUMN email DROP NOT NULL;
