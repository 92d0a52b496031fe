--liquibase formatted sql

--changeset ana:2 runInTransaction:false
CREATE INDEX CONCURRENTLY invoices_due_on_idx ON invoices (due_on);
--rollback DROP INDEX CONCURRENTLY invoices_due_on_idx;
