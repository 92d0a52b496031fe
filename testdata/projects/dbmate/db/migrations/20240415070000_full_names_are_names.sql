-- migrate:up
ALTER TABLE agents RENAME COLUMN full_name TO name;

-- migrate:down
ALTER TABLE agents RENAME COLUMN name TO full_name;
