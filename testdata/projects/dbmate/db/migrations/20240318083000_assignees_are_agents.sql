-- NOT VALID was meant to be gentle, but the lock it takes is held until the
-- validation below has read every ticket.

-- migrate:up
ALTER TABLE tickets
    ADD CONSTRAINT tickets_assignee_id_fkey
        FOREIGN KEY (assignee_id) REFERENCES agents (id) NOT VALID;
ALTER TABLE tickets VALIDATE CONSTRAINT tickets_assignee_id_fkey;

-- migrate:down
ALTER TABLE tickets DROP CONSTRAINT tickets_assignee_id_fkey;
