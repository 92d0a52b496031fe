--- setup
CREATE SCHEMA app;
CREATE TABLE app.base (id int PRIMARY KEY, n int);
INSERT INTO app.base SELECT g, g FROM generate_series(1, 1000) g;
CREATE TABLE plain (id int PRIMARY KEY, v text DEFAULT 'x', n int);
INSERT INTO plain SELECT g, 'v', g FROM generate_series(1, 1000) g;
CREATE TEMP TABLE plain (id int PRIMARY KEY, v text);
INSERT INTO pg_temp.plain SELECT g, 'v' FROM generate_series(1, 100) g;
CREATE TEMP TABLE only_temp (id serial PRIMARY KEY, v text);
CREATE INDEX only_temp_v_idx ON only_temp (v);
CREATE TEMP VIEW tview AS SELECT * FROM app.base;
CREATE FUNCTION app.twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE FUNCTION app.noisy(int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$BEGIN RETURN $1; END$$;
CREATE TYPE app.mood AS ENUM ('sad', 'ok');
CREATE DOMAIN app.pos AS int CHECK (VALUE > 0);
CREATE DOMAIN app.pos2 AS app.pos CHECK (VALUE < 100000);
CREATE TABLE app.typed (id int PRIMARY KEY, m app.mood DEFAULT 'ok', p app.pos2, ps app.pos[], ms app.mood[]);
INSERT INTO app.typed SELECT g, 'sad', g, ARRAY[g], '{ok}' FROM generate_series(1, 1000) g;
CREATE INDEX typed_twice_idx ON app.typed (app.twice(id));
CREATE VIEW app.tv AS SELECT m, p FROM app.typed;
CREATE STATISTICS app.base_st ON id, n FROM app.base;
CREATE PUBLICATION app_pub FOR TABLE app.base;
--- case temp_shadowing_alter
ALTER TABLE plain ADD COLUMN z int;
--- case temp_qualified_alter
ALTER TABLE public.plain ADD COLUMN z int;
--- case temp_drop
DROP TABLE plain;
--- case temp_pg_temp
ALTER TABLE pg_temp.only_temp ALTER COLUMN v SET NOT NULL;
--- case temp_index
CREATE INDEX ON only_temp (v);
--- case temp_index_concurrently
CREATE INDEX CONCURRENTLY ON only_temp (v);
--- case temp_truncate
TRUNCATE only_temp RESTART IDENTITY;
--- case temp_fk_to_permanent
ALTER TABLE only_temp ADD FOREIGN KEY (id) REFERENCES app.base;
--- case temp_like
CREATE TEMP TABLE l (LIKE app.base INCLUDING ALL);
--- case temp_inherit
CREATE TEMP TABLE i () INHERITS (app.base);
--- case temp_drop_both
DROP TABLE only_temp, app.base CASCADE;
--- case temp_view_drop
DROP VIEW tview;
--- case temp_analyze
ANALYZE only_temp;
--- case temp_cluster
CLUSTER only_temp USING only_temp_v_idx;
--- case temp_insert_select
INSERT INTO only_temp (v) SELECT n::text FROM app.base;
--- case type_enum_add
ALTER TYPE app.mood ADD VALUE 'great' AFTER 'ok';
--- case type_enum_rename
ALTER TYPE app.mood RENAME VALUE 'sad' TO 'blue';
--- case type_enum_drop
DROP TYPE app.mood;
--- case type_enum_drop_cascade
DROP TYPE app.mood CASCADE;
--- case type_domain_add_check
ALTER DOMAIN app.pos ADD CHECK (VALUE < 1000000);
--- case type_domain_add_check_not_valid
ALTER DOMAIN app.pos2 ADD CONSTRAINT nv CHECK (VALUE <> 7) NOT VALID;
--- case type_domain_not_null
ALTER DOMAIN app.pos2 SET NOT NULL;
--- case type_domain_drop_cascade
DROP DOMAIN app.pos CASCADE;
--- case type_domain_default
ALTER DOMAIN app.pos SET DEFAULT 5;
--- case type_domain_rename
ALTER DOMAIN app.pos RENAME TO positive;
--- case type_column_to_domain
ALTER TABLE app.base ALTER COLUMN n TYPE app.pos;
--- case type_column_to_domain2
ALTER TABLE app.typed ALTER COLUMN p TYPE app.pos;
--- case type_column_enum_text
ALTER TABLE app.typed ALTER COLUMN ms TYPE text[];
--- case type_column_array_domain
ALTER TABLE app.typed ALTER COLUMN ps TYPE int[];
--- case type_add_array_domain
ALTER TABLE app.base ADD COLUMN ps app.pos[] DEFAULT '{1}';
--- case type_add_domain_default
ALTER TABLE app.base ADD COLUMN p app.pos DEFAULT 3;
--- case type_add_enum_default
ALTER TABLE app.base ADD COLUMN m app.mood NOT NULL DEFAULT 'ok';
--- case default_immutable_function
ALTER TABLE app.base ADD COLUMN z int DEFAULT app.twice(2);
--- case default_volatile_function
ALTER TABLE app.base ADD COLUMN z int DEFAULT app.noisy(2);
--- case default_after_replace
ALTER TABLE app.base ADD COLUMN z int DEFAULT abs(app.twice(2));
--- case drop_function_indexed
DROP FUNCTION app.twice(int);
--- case drop_function_indexed_cascade
DROP FUNCTION app.twice(int) CASCADE;
--- case drop_statistics
DROP STATISTICS app.base_st;
--- case alter_statistics
ALTER STATISTICS app.base_st SET STATISTICS 200;
--- case drop_column_statistics
ALTER TABLE app.base DROP COLUMN n;
--- case alter_type_statistics
ALTER TABLE app.base ALTER COLUMN n TYPE bigint;
--- case publication_add
ALTER PUBLICATION app_pub ADD TABLE plain, app.typed;
--- case publication_drop_table
ALTER PUBLICATION app_pub DROP TABLE app.base;
--- case publication_set
ALTER PUBLICATION app_pub SET TABLE app.typed;
--- case publication_owner
ALTER PUBLICATION app_pub OWNER TO r1;
--- case drop_published_table
DROP TABLE app.base CASCADE;
--- case set_schema_table
ALTER TABLE app.typed SET SCHEMA public;
--- case set_schema_type
ALTER TYPE app.mood SET SCHEMA public;
--- case set_schema_function
ALTER FUNCTION app.twice(int) SET SCHEMA public;
--- case drop_schema_temp
DROP SCHEMA app CASCADE;
--- case lock_temp
LOCK TABLE only_temp IN ACCESS SHARE MODE;
--- case comment_domain_constraint
COMMENT ON CONSTRAINT pos_check ON DOMAIN app.pos IS 'x';
--- case grant_type
GRANT USAGE ON TYPE app.mood TO r1;
--- case security_invoker
ALTER VIEW app.tv SET (security_invoker = true);
--- case temp_drop_index_concurrently
DROP INDEX CONCURRENTLY only_temp_v_idx;
--- case temp_reindex_concurrently
REINDEX TABLE CONCURRENTLY only_temp;
--- setup
CREATE FUNCTION f1(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION f2() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION f3(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION f4() RETURNS int LANGUAGE sql AS 'SELECT 4';
CREATE TABLE t (a int DEFAULT f2(), b int CHECK (f1(b) > 0), g int GENERATED ALWAYS AS (f1(a) + 1) STORED);
INSERT INTO t (a, b) SELECT g, g FROM generate_series(1, 1000) g;
CREATE TABLE u (a int, b int);
INSERT INTO u SELECT g, g FROM generate_series(1, 1000) g;
CREATE INDEX u_expr_idx ON u (f1(a));
CREATE INDEX u_pred_idx ON u (b) WHERE f3(a, b);
CREATE INDEX u_plain_idx ON u (a);
CREATE VIEW v AS SELECT f2() AS two, a FROM u;
CREATE VIEW vv AS SELECT * FROM v;
CREATE TABLE part (a int, b int DEFAULT f4()) PARTITION BY RANGE (a);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (1000);
--- case func_drop_default_and_view
DROP FUNCTION f2();
--- case func_drop_default_and_view_cascade
DROP FUNCTION f2() CASCADE;
--- case func_drop_check_generated_index
DROP FUNCTION f1(int);
--- case func_drop_check_generated_index_cascade
DROP FUNCTION f1(int) CASCADE;
--- case func_drop_predicate_cascade
DROP FUNCTION f3 CASCADE;
--- case func_drop_partition_default_cascade
DROP FUNCTION f4 CASCADE;
--- case func_drop_missing
DROP FUNCTION IF EXISTS nosuch(int) CASCADE;
--- case func_replace
CREATE OR REPLACE FUNCTION f1(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
--- case func_rename
ALTER FUNCTION f1(int) RENAME TO f9;
--- case func_volatile
ALTER FUNCTION f1(int) VOLATILE;
