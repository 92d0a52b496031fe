--- setup
CREATE SCHEMA ext;
CREATE EXTENSION citext SCHEMA ext;
CREATE EXTENSION hstore;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gist;
CREATE TABLE t (id serial PRIMARY KEY, c ext.citext, h hstore, a int);
INSERT INTO t (c, h, a) SELECT 'x' || g, 'a=>1', g FROM generate_series(1,1000) g;
CREATE INDEX t_c ON t (c);
CREATE INDEX t_h ON t USING gin (h);
CREATE INDEX t_trgm ON t USING gin ((c::text) gin_trgm_ops);
CREATE INDEX t_g ON t USING gist (a);
CREATE TABLE t2 (id int, d text);
CREATE INDEX t2_id ON t2 (id);
CREATE VIEW v AS SELECT d FROM t2;
CREATE SEQUENCE sq;
CREATE TABLE t3 (id serial, d text);
CREATE TYPE mood AS ENUM ('a');
CREATE TABLE t4 (m mood);
CREATE MATERIALIZED VIEW mv AS SELECT 1 AS x;
CREATE INDEX mv_x ON mv (x);
--- case ext_citext_text
ALTER TABLE t ALTER COLUMN c TYPE text;
--- case ext_citext_varchar
ALTER TABLE t ALTER COLUMN c TYPE varchar;
--- case ext_text_citext
ALTER TABLE t2 ALTER COLUMN d TYPE ext.citext;
--- case ext_create_again
CREATE EXTENSION IF NOT EXISTS citext;
--- case ext_create_cascade
CREATE EXTENSION earthdistance CASCADE;
--- case ext_update
ALTER EXTENSION hstore UPDATE;
--- case ext_set_schema
ALTER EXTENSION pg_trgm SET SCHEMA ext;
--- case ext_drop
DROP EXTENSION citext;
--- case ext_drop_cascade
DROP EXTENSION citext CASCADE;
--- case ext_drop_hstore_cascade
DROP EXTENSION hstore CASCADE;
--- case ext_drop_trgm
DROP EXTENSION pg_trgm;
--- case ext_drop_trgm_cascade
DROP EXTENSION pg_trgm CASCADE;
--- case ext_drop_btree_gist
DROP EXTENSION btree_gist;
--- case ext_drop_btree_gist_cascade
DROP EXTENSION btree_gist CASCADE;
--- case ext_drop_missing
DROP EXTENSION IF EXISTS unaccent;
--- case ext_add_citext_default
ALTER TABLE t ADD COLUMN z ext.citext DEFAULT 'x';
--- case ext_add_uuid
ALTER TABLE t ADD COLUMN z hstore DEFAULT hstore('a', 'b');

--- setup
CREATE EXTENSION btree_gist;
CREATE EXTENSION btree_gin;
CREATE TABLE room (id int PRIMARY KEY, room int, during tsrange, tags int[], EXCLUDE USING gist (room WITH =, during WITH &&));
INSERT INTO room SELECT g, g, NULL FROM generate_series(1,1000) g;
CREATE INDEX room_tags ON room USING gin (room, tags);
CREATE INDEX room_during ON room USING gist (during);
--- case ext_drop_exclusion
DROP EXTENSION btree_gist CASCADE;
--- case ext_drop_gin
DROP EXTENSION btree_gin CASCADE;
--- case ext_drop_gin_needed
DROP EXTENSION btree_gin;
