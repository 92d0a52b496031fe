BEGIN;

CREATE TABLE accounts (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name       text NOT NULL,
    vat_number varchar(14),
    fax        text,
    created_at timestamptz NOT NULL DEFAULT now()
);

COMMIT;
