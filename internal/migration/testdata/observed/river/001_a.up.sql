CREATE TABLE /* TEMPLATE: schema */river_migration (id bigserial PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(), version bigint NOT NULL);
CREATE UNIQUE INDEX ON /* TEMPLATE: schema */river_migration (version);
