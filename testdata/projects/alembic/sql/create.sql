BEGIN;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 1a01

CREATE TABLE accounts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE invoices (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id bigint NOT NULL,
  due_on date
);

INSERT INTO alembic_version (version_num) VALUES ('1a01') RETURNING alembic_version.version_num;

-- Running upgrade 1a01 -> 1a02

COMMIT;

CREATE INDEX CONCURRENTLY invoices_due_on_idx ON invoices (due_on);

BEGIN;

UPDATE alembic_version SET version_num='1a02' WHERE alembic_version.version_num = '1a01';

COMMIT;

