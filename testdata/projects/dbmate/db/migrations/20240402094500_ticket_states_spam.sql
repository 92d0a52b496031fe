-- migrate:up
ALTER TYPE ticket_state ADD VALUE IF NOT EXISTS 'spam';

-- migrate:down
