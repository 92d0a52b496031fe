--- setup
CREATE SCHEMA app;
CREATE TYPE app."Mood" AS ENUM ('sad', 'ok');
CREATE TYPE addr AS (street text, zip varchar(5));
CREATE TYPE nested AS (a addr, n int);
CREATE TYPE coord AS (x int, y int);
CREATE TABLE pts OF coord (PRIMARY KEY (x));
INSERT INTO pts SELECT g, g FROM generate_series(1,1000) g;
CREATE TABLE pts2 OF coord;
INSERT INTO pts2 SELECT g, g FROM generate_series(1,1000) g;
CREATE INDEX pts2_y ON pts2 (y);
CREATE TABLE pts2_child () INHERITS (pts2);
INSERT INTO pts2_child SELECT g, g FROM generate_series(1,1000) g;
CREATE TABLE people (id int PRIMARY KEY, home addr, m app."Mood" DEFAULT 'ok', homes addr[]);
INSERT INTO people SELECT g, ROW('s', 'z')::addr FROM generate_series(1,1000) g;
CREATE TYPE lone AS (x int, y text);
CREATE TYPE rng AS RANGE (subtype = float8);
CREATE TABLE ranges (r rng);
INSERT INTO ranges SELECT rng(g, g+1) FROM generate_series(1,1000) g;
CREATE VIEW v AS SELECT x FROM pts2;
--- case enum_add_before
ALTER TYPE app."Mood" ADD VALUE 'meh' BEFORE 'ok';
--- case enum_add_twice
ALTER TYPE app."Mood" ADD VALUE 'ok';
--- case enum_rename_missing
ALTER TYPE app."Mood" RENAME VALUE 'nope' TO 'x';
--- case enum_rename_to_existing
ALTER TYPE app."Mood" RENAME VALUE 'sad' TO 'ok';
--- case enum_rename_type
ALTER TYPE app."Mood" RENAME TO mood2;
--- case enum_set_schema
ALTER TYPE app."Mood" SET SCHEMA public;
--- case lone_add
ALTER TYPE lone ADD ATTRIBUTE z int;
--- case lone_add_two
ALTER TYPE lone ADD ATTRIBUTE z int, DROP ATTRIBUTE x;
--- case lone_drop_missing
ALTER TYPE lone DROP ATTRIBUTE IF EXISTS nope;
--- case lone_alter
ALTER TYPE lone ALTER ATTRIBUTE x TYPE bigint;
--- case lone_rename_attribute
ALTER TYPE lone RENAME ATTRIBUTE x TO xx;
--- case lone_set_schema
ALTER TYPE lone SET SCHEMA app;
--- case lone_owner
ALTER TYPE lone OWNER TO current_user;
--- case lone_comment
COMMENT ON TYPE lone IS 'x';
--- case lone_comment_column
COMMENT ON COLUMN lone.x IS 'x';
--- case lone_drop
DROP TYPE lone;
--- case used_add
ALTER TYPE addr ADD ATTRIBUTE country text;
--- case used_drop
ALTER TYPE addr DROP ATTRIBUTE zip;
--- case used_alter
ALTER TYPE addr ALTER ATTRIBUTE zip TYPE varchar(10);
--- case used_rename_attribute
ALTER TYPE addr RENAME ATTRIBUTE zip TO postcode;
--- case used_drop_type
DROP TYPE addr;
--- case used_drop_type_cascade
DROP TYPE addr CASCADE;
--- case nested_alter
ALTER TYPE nested ALTER ATTRIBUTE n TYPE bigint;
--- case typed_add
ALTER TYPE coord ADD ATTRIBUTE z int;
--- case typed_add_cascade
ALTER TYPE coord ADD ATTRIBUTE z int CASCADE;
--- case typed_drop_cascade
ALTER TYPE coord DROP ATTRIBUTE y CASCADE;
--- case typed_drop_key_cascade
ALTER TYPE coord DROP ATTRIBUTE x CASCADE;
--- case typed_alter_cascade
ALTER TYPE coord ALTER ATTRIBUTE y TYPE bigint CASCADE;
--- case typed_alter_same_cascade
ALTER TYPE coord ALTER ATTRIBUTE y TYPE int CASCADE;
--- case typed_rename_cascade
ALTER TYPE coord RENAME ATTRIBUTE y TO yy CASCADE;
--- case typed_rename_nocascade
ALTER TYPE coord RENAME ATTRIBUTE y TO yy;
--- case range_rename
ALTER TYPE rng RENAME TO rng2;
--- case range_drop_cascade
DROP TYPE rng CASCADE;
--- case create_enum
CREATE TYPE e2 AS ENUM ();
--- case create_shell
CREATE TYPE shell;
--- case create_range
CREATE TYPE r2 AS RANGE (subtype = date);
--- case create_composite
CREATE TYPE c2 AS (a people, b addr);
--- setup
CREATE SCHEMA app;
CREATE DOMAIN app.email AS text CHECK (VALUE ~ '@');
CREATE DOMAIN pos AS int CHECK (VALUE > 0);
CREATE DOMAIN small AS pos CHECK (VALUE < 10000);
CREATE DOMAIN posarr AS pos[];
CREATE DOMAIN nn AS int NOT NULL;
CREATE DOMAIN stored AS int;
CREATE DOMAIN incomp AS int;
CREATE DOMAIN unused AS text DEFAULT 'x';
CREATE DOMAIN arr AS int;
CREATE DOMAIN pk AS int;
CREATE TYPE comp AS (i incomp);
CREATE TABLE holder (id int, c comp);
INSERT INTO holder SELECT g, ROW(g)::comp FROM generate_series(1,1000) g;
CREATE TABLE arrs (id int, a arr[]);
INSERT INTO arrs SELECT g, ARRAY[g]::arr[] FROM generate_series(1,1000) g;
CREATE TABLE t (id pk PRIMARY KEY, e app.email, p pos, s small);
INSERT INTO t SELECT g, 'a@b', g, g FROM generate_series(1,1000) g;
CREATE TABLE t2 (p pos, n nn, q pos);
INSERT INTO t2 SELECT g, g, g FROM generate_series(1,1000) g;
CREATE TABLE t2_child () INHERITS (t2);
INSERT INTO t2_child SELECT g, g, g FROM generate_series(1,1000) g;
CREATE TABLE pt (id int, p stored) PARTITION BY RANGE (id);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (2000);
INSERT INTO pt SELECT g, g FROM generate_series(1,1000) g;
CREATE VIEW v AS SELECT p, s FROM t;
CREATE MATERIALIZED VIEW mv AS SELECT e, p FROM t;
CREATE FUNCTION f(pos) RETURNS pos LANGUAGE sql AS 'SELECT $1';
--- case email_add
ALTER DOMAIN app.email ADD CHECK (length(VALUE) < 100);
--- case email_add_not_valid
ALTER DOMAIN app.email ADD CONSTRAINT short CHECK (length(VALUE) < 100) NOT VALID;
--- case pos_add
ALTER DOMAIN pos ADD CONSTRAINT big CHECK (VALUE < 100000);
--- case small_add
ALTER DOMAIN small ADD CONSTRAINT big CHECK (VALUE < 100000);
--- case small_validate
ALTER DOMAIN small VALIDATE CONSTRAINT small_check;
--- case small_set_not_null
ALTER DOMAIN small SET NOT NULL;
--- case nn_set_not_null_again
ALTER DOMAIN nn SET NOT NULL;
--- case nn_drop_not_null
ALTER DOMAIN nn DROP NOT NULL;
--- case stored_partitioned
ALTER DOMAIN stored ADD CHECK (VALUE > 0);
--- case in_composite
ALTER DOMAIN incomp ADD CHECK (VALUE > 0);
--- case in_array
ALTER DOMAIN arr ADD CHECK (VALUE > 0);
--- case pk_add
ALTER DOMAIN pk ADD CHECK (VALUE > 0);
--- case unused_add
ALTER DOMAIN unused ADD CHECK (VALUE <> '');
--- case unused_set_default
ALTER DOMAIN unused SET DEFAULT 'y';
--- case pos_drop_default
ALTER DOMAIN pos DROP DEFAULT;
--- case pos_drop_constraint
ALTER DOMAIN pos DROP CONSTRAINT pos_check;
--- case pos_drop_constraint_missing
ALTER DOMAIN pos DROP CONSTRAINT IF EXISTS nope;
--- case pos_rename_constraint
ALTER DOMAIN pos RENAME CONSTRAINT pos_check TO pc;
--- case pos_rename
ALTER DOMAIN pos RENAME TO pos2;
--- case pos_owner
ALTER DOMAIN pos OWNER TO current_user;
--- case pos_set_schema
ALTER DOMAIN pos SET SCHEMA app;
--- case pos_comment
COMMENT ON DOMAIN pos IS 'x';
--- case pos_comment_constraint
COMMENT ON CONSTRAINT pos_check ON DOMAIN pos IS 'x';
--- case pos_drop
DROP DOMAIN pos;
--- case small_drop_cascade
DROP DOMAIN small CASCADE;
--- case create_domain_over
CREATE DOMAIN tiny AS small NOT NULL CHECK (VALUE < 10);
--- case create_domain_array
CREATE DOMAIN arr2 AS pos[] CHECK (array_length(VALUE, 1) < 3);
--- case pos_add_not_null_named
ALTER DOMAIN pos ADD CONSTRAINT pos_nn NOT NULL;
--- case pos_add_not_null_twice
ALTER DOMAIN nn ADD CONSTRAINT nn_nn NOT NULL;
--- setup
CREATE SEQUENCE sq;
CREATE SCHEMA app;
CREATE SEQUENCE app."Seq" AS int MAXVALUE 1000;
CREATE TABLE t (id serial PRIMARY KEY, i int GENERATED ALWAYS AS IDENTITY, a int);
INSERT INTO t (a) SELECT g FROM generate_series(1,1000) g;
CREATE TABLE o (id int PRIMARY KEY, a int DEFAULT nextval('sq'));
--- case seq_restart
ALTER SEQUENCE app."Seq" RESTART;
--- case seq_as
ALTER SEQUENCE app."Seq" AS bigint NO MAXVALUE CYCLE;
--- case seq_owned_move
ALTER SEQUENCE t_id_seq OWNED BY o.id;
--- case seq_owned_identity
ALTER SEQUENCE t_i_seq OWNED BY o.id;
--- case seq_owned_identity_none
ALTER SEQUENCE t_i_seq OWNED BY NONE;
--- case seq_identity_restart
ALTER SEQUENCE t_i_seq RESTART WITH 5000;
--- case seq_create_exists
CREATE SEQUENCE IF NOT EXISTS sq OWNED BY o.a;
--- case seq_create_owned
CREATE SEQUENCE app.s2 OWNED BY NONE;
--- case seq_create_temp
CREATE TEMP SEQUENCE s3;
--- case seq_create_unlogged
CREATE UNLOGGED SEQUENCE s4;
--- case seq_set_logged
ALTER SEQUENCE sq SET UNLOGGED;
--- case seq_owner
ALTER SEQUENCE sq OWNER TO current_user;
--- case seq_schema
ALTER SEQUENCE sq SET SCHEMA app;
--- case seq_owned_schema
ALTER SEQUENCE t_id_seq SET SCHEMA app;
--- case seq_drop_used
DROP SEQUENCE sq;
--- case seq_drop_cascade
DROP SEQUENCE sq CASCADE;
--- case seq_drop_owned
DROP SEQUENCE t_id_seq;
--- case seq_drop_owned_cascade
DROP SEQUENCE t_id_seq CASCADE;
--- case seq_drop_identity
DROP SEQUENCE t_i_seq;
--- case seq_rename_via_table
ALTER TABLE sq RENAME TO sq2;
--- case seq_if_exists
ALTER SEQUENCE IF EXISTS sq INCREMENT 5;
--- case seq_comment
COMMENT ON SEQUENCE app."Seq" IS 'x';
--- case seq_grant
GRANT USAGE ON SEQUENCE app."Seq", sq TO PUBLIC;
--- setup
CREATE SCHEMA app;
CREATE DOMAIN pos AS int;
CREATE DOMAIN small AS pos;
CREATE TABLE t (s small);
INSERT INTO t SELECT g FROM generate_series(1,1000) g;
ALTER DOMAIN pos RENAME TO pos2;
ALTER DOMAIN small SET SCHEMA app;
ALTER SCHEMA app RENAME TO app2;
--- case renamed_domain
ALTER DOMAIN pos2 SET NOT NULL;
--- case renamed_schema_domain
ALTER DOMAIN app2.small ADD CHECK (VALUE > 0);
