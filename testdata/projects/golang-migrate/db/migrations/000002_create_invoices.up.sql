BEGIN;

CREATE TABLE invoices (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    number     text NOT NULL,
    issued_on  date NOT NULL,
    due_on     date NOT NULL,
    UNIQUE (account_id, number)
);

CREATE TABLE payments (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_id   bigint NOT NULL,
    amount_cents bigint NOT NULL,
    received_at  timestamptz NOT NULL DEFAULT now()
);

COMMIT;
