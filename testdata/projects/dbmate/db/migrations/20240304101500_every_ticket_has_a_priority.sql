-- migrate:up
UPDATE tickets SET priority = 3 WHERE priority IS NULL;
ALTER TABLE tickets ALTER COLUMN priority SET DEFAULT 3;
ALTER TABLE tickets ALTER COLUMN priority SET NOT NULL;

-- migrate:down
ALTER TABLE tickets ALTER COLUMN priority DROP NOT NULL;
ALTER TABLE tickets ALTER COLUMN priority DROP DEFAULT;
