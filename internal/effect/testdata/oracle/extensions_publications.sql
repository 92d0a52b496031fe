--- setup
CREATE EXTENSION citext;
CREATE TABLE t (id int PRIMARY KEY, a int, ci citext);
INSERT INTO t SELECT g, g, 'x' || g FROM generate_series(1,1000) g;
CREATE TABLE other (id int PRIMARY KEY, v int);
--- case create_extension
CREATE EXTENSION pg_trgm;
--- case drop_extension_cascade
DROP EXTENSION citext CASCADE;
--- case alter_extension_update
ALTER EXTENSION citext UPDATE;
--- case alter_type_citext_text
ALTER TABLE t ALTER COLUMN ci TYPE text;
--- case create_index_citext
CREATE INDEX ON t (ci);

--- setup
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
INSERT INTO t SELECT g, g, g FROM generate_series(1,1000) g;
CREATE STATISTICS st ON a, b FROM t;
CREATE PUBLICATION pub FOR TABLE t;
CREATE PUBLICATION puball FOR ALL TABLES;
CREATE TABLE other (id int PRIMARY KEY, v int);
--- case drop_statistics
DROP STATISTICS st;
--- case create_publication_table
CREATE PUBLICATION np FOR TABLE other;
--- case alter_publication_set
ALTER PUBLICATION pub SET TABLE other;
--- case alter_publication_drop
ALTER PUBLICATION pub DROP TABLE t;
--- case create_subscription_noconnect
CREATE SUBSCRIPTION sub CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false);
--- case create_subscription
CREATE SUBSCRIPTION sub CONNECTION 'dbname=x' PUBLICATION p;

--- setup
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
INSERT INTO t SELECT g, g, g FROM generate_series(1,1000) g;
CREATE STATISTICS st ON a, b FROM t;
CREATE PUBLICATION pub FOR TABLE t;
CREATE PUBLICATION puball FOR ALL TABLES;
CREATE TABLE other (id int PRIMARY KEY, v int);
CREATE SUBSCRIPTION sub CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false);
--- case alter_subscription_refresh
ALTER SUBSCRIPTION sub REFRESH PUBLICATION;

--- setup
CREATE EXTENSION btree_gist;
CREATE TABLE t (id int NOT NULL, r int4range NOT NULL);
INSERT INTO t SELECT g, int4range(g, g + 1) FROM generate_series(1,1000) g;
CREATE TABLE r (id int, r int4range);
INSERT INTO r SELECT g, int4range(g, g + 1) FROM generate_series(1,1000) g;
--- case add_exclude_gist
ALTER TABLE t ADD CONSTRAINT k EXCLUDE USING gist (id WITH =, r WITH &&);
--- case add_pk_without_overlaps
ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (id, r WITHOUT OVERLAPS);

--- setup
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
INSERT INTO t SELECT g, g, g FROM generate_series(1,1000) g;
CREATE STATISTICS st ON a, b FROM t;
CREATE PUBLICATION pub FOR TABLE t;
CREATE PUBLICATION puball FOR ALL TABLES;
CREATE TABLE other (id int PRIMARY KEY, v int);
--- case drop_subscription_no_slot
--- session CREATE SUBSCRIPTION sub CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false, slot_name = NONE);
DROP SUBSCRIPTION sub;
