-- dbmate opens a transaction here: this one does not even start.

-- migrate:up
CREATE INDEX CONCURRENTLY tickets_opened_at_idx ON tickets (opened_at);

-- migrate:down
DROP INDEX tickets_opened_at_idx;
