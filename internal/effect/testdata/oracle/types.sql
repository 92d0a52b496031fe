--- setup
CREATE TYPE mood AS ENUM ('sad','ok');
CREATE TYPE comp AS (x int, y int);
CREATE DOMAIN dpos AS int CHECK (VALUE > 0);
CREATE DOMAIN dfree AS int;
CREATE TABLE t (id int PRIMARY KEY, m mood, d dpos, f dfree, k comp);
INSERT INTO t SELECT g, 'ok', g, g, ROW(g,g)::comp FROM generate_series(1,1000) g;
CREATE TABLE typed OF comp;
INSERT INTO typed SELECT g, g FROM generate_series(1,1000) g;
ALTER DOMAIN dfree ADD CONSTRAINT dfree_nv CHECK (VALUE > 0) NOT VALID;
CREATE DOMAIN dx AS int;
--- case add_column_domain_plain
ALTER TABLE t ADD COLUMN z dx;

--- setup
CREATE TYPE mood AS ENUM ('sad','ok');
CREATE TYPE comp AS (x int, y int);
CREATE DOMAIN dpos AS int CHECK (VALUE > 0);
CREATE DOMAIN dfree AS int;
CREATE TABLE t (id int PRIMARY KEY, m mood, d dpos, f dfree, k comp);
INSERT INTO t SELECT g, 'ok', g, g, ROW(g,g)::comp FROM generate_series(1,1000) g;
CREATE TABLE typed OF comp;
INSERT INTO typed SELECT g, g FROM generate_series(1,1000) g;
ALTER DOMAIN dfree ADD CONSTRAINT dfree_nv CHECK (VALUE > 0) NOT VALID;
--- case add_column_domain_constrained
ALTER TABLE t ADD COLUMN z dpos;
--- case add_column_domain_constrained_default
ALTER TABLE t ADD COLUMN z dpos DEFAULT 5;
--- case add_column_enum_default
ALTER TABLE t ADD COLUMN z mood DEFAULT 'ok';
--- case not_of
ALTER TABLE typed NOT OF;
--- case create_table_of
CREATE TABLE n OF comp;
--- case enum_add_value
ALTER TYPE mood ADD VALUE 'happy';
--- case enum_add_value_if_not_exists
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ok';
--- case enum_rename_value
ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';
--- case type_rename
ALTER TYPE mood RENAME TO mood2;
--- case comp_add_attribute
ALTER TYPE comp ADD ATTRIBUTE z int;
--- case comp_alter_attribute_type
ALTER TYPE comp ALTER ATTRIBUTE x TYPE bigint;
--- case drop_type
DROP TYPE mood;
--- case drop_type_cascade
DROP TYPE mood CASCADE;
--- case drop_domain_cascade
DROP DOMAIN dpos CASCADE;
--- case domain_add_constraint
ALTER DOMAIN dpos ADD CONSTRAINT k CHECK (VALUE < 100000);
--- case domain_add_constraint_not_valid
ALTER DOMAIN dpos ADD CONSTRAINT k CHECK (VALUE < 100000) NOT VALID;
--- case domain_validate_constraint
ALTER DOMAIN dfree VALIDATE CONSTRAINT dfree_nv;
--- case domain_add_not_null_constraint
ALTER DOMAIN dpos ADD CONSTRAINT nn NOT NULL;
--- case domain_drop_not_null
ALTER DOMAIN dpos DROP NOT NULL;
--- case domain_drop_constraint
ALTER DOMAIN dpos DROP CONSTRAINT dpos_check;
--- case create_domain
CREATE DOMAIN nd AS int CHECK (VALUE > 0);
--- case comment_type
COMMENT ON TYPE mood IS 'x';
--- case type_owner
ALTER TYPE mood OWNER TO r1;
--- case comp_drop_attribute_cascade
ALTER TYPE comp DROP ATTRIBUTE y CASCADE;

--- setup
CREATE TYPE mood AS ENUM ('sad','ok');
CREATE TYPE comp AS (x int, y int);
CREATE DOMAIN dpos AS int CHECK (VALUE > 0);
CREATE DOMAIN dfree AS int;
CREATE TABLE t (id int PRIMARY KEY, m mood, d dpos, f dfree, k comp);
INSERT INTO t SELECT g, 'ok', g, g, ROW(g,g)::comp FROM generate_series(1,1000) g;
CREATE TABLE typed OF comp;
INSERT INTO typed SELECT g, g FROM generate_series(1,1000) g;
ALTER DOMAIN dfree ADD CONSTRAINT dfree_nv CHECK (VALUE > 0) NOT VALID;
CREATE DOMAIN dd AS int DEFAULT 7;
--- case add_column_domain_with_default
ALTER TABLE t ADD COLUMN z dd;

--- setup
CREATE TYPE mood AS ENUM ('sad','ok');
CREATE TYPE comp AS (x int, y int);
CREATE DOMAIN dpos AS int CHECK (VALUE > 0);
CREATE DOMAIN dfree AS int;
CREATE TABLE t (id int PRIMARY KEY, m mood, d dpos, f dfree, k comp);
INSERT INTO t SELECT g, 'ok', g, g, ROW(g,g)::comp FROM generate_series(1,1000) g;
CREATE TABLE typed OF comp;
INSERT INTO typed SELECT g, g FROM generate_series(1,1000) g;
ALTER DOMAIN dfree ADD CONSTRAINT dfree_nv CHECK (VALUE > 0) NOT VALID;
CREATE DOMAIN dd AS int NOT NULL;
--- case add_column_domain_not_null
ALTER TABLE t ADD COLUMN z dd DEFAULT 1;

--- setup
CREATE TYPE mood AS ENUM ('sad','ok');
CREATE TYPE comp AS (x int, y int);
CREATE DOMAIN dpos AS int CHECK (VALUE > 0);
CREATE DOMAIN dfree AS int;
CREATE TABLE t (id int PRIMARY KEY, m mood, d dpos, f dfree, k comp);
INSERT INTO t SELECT g, 'ok', g, g, ROW(g,g)::comp FROM generate_series(1,1000) g;
CREATE TABLE typed OF comp;
INSERT INTO typed SELECT g, g FROM generate_series(1,1000) g;
ALTER DOMAIN dfree ADD CONSTRAINT dfree_nv CHECK (VALUE > 0) NOT VALID;
CREATE TABLE tyy (x int, y int);
--- case of_type
ALTER TABLE tyy OF comp;

--- setup
CREATE TYPE mood AS ENUM ('sad','ok');
CREATE TYPE comp AS (x int, y int);
CREATE DOMAIN dpos AS int CHECK (VALUE > 0);
CREATE DOMAIN dfree AS int;
CREATE TABLE t (id int PRIMARY KEY, m mood, d dpos, f dfree, k comp);
INSERT INTO t SELECT g, 'ok', g, g, ROW(g,g)::comp FROM generate_series(1,1000) g;
CREATE TABLE typed OF comp;
INSERT INTO typed SELECT g, g FROM generate_series(1,1000) g;
ALTER DOMAIN dfree ADD CONSTRAINT dfree_nv CHECK (VALUE > 0) NOT VALID;
CREATE SCHEMA s1;
--- case type_set_schema
ALTER TYPE mood SET SCHEMA s1;
