BEGIN;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 1a01

CREATE TABLE accounts (
    id BIGSERIAL NOT NULL, 
    email TEXT, 
    PRIMARY KEY (id)
);

INSERT INTO accounts VALUES (1, 'a;b');;

INSERT INTO alembic_version (version_num) VALUES ('1a01') RETURNING alembic_version.version_num;

-- Running upgrade 1a01 -> 1a02

COMMIT;

CREATE INDEX CONCURRENTLY accounts_email_idx ON accounts (email);

BEGIN;

ALTER TABLE accounts ALTER COLUMN email SET NOT NULL;

UPDATE alembic_version SET version_num='1a02' WHERE alembic_version.version_num = '1a01';

COMMIT;

