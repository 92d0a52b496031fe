--- setup
CREATE TABLE customers (id int PRIMARY KEY, name text);
INSERT INTO customers SELECT g, 'c' FROM generate_series(1,100) g;
CREATE TABLE ev (id int NOT NULL, at date NOT NULL, cust int REFERENCES customers, body text, CHECK (id > 0)) PARTITION BY RANGE (at);
CREATE TABLE ev_25 PARTITION OF ev FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE ev_26 PARTITION OF ev FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (id);
CREATE TABLE ev_26_a PARTITION OF ev_26 FOR VALUES IN (1, 2, 3);
CREATE TABLE ev_26_d PARTITION OF ev_26 DEFAULT;
CREATE TABLE ev_def PARTITION OF ev DEFAULT;
INSERT INTO ev SELECT g, date '2025-01-01' + g, 1 + g % 100, 'x' FROM generate_series(1,600) g;
INSERT INTO ev SELECT 1 + g % 3, date '2026-01-01' + g, 1, 'x' FROM generate_series(1,60) g;
INSERT INTO ev SELECT g, date '2030-01-01', 1, 'x' FROM generate_series(1,60) g;
CREATE INDEX ev_cust ON ev (cust);
CREATE UNIQUE INDEX ev_u ON ev (id, at);
CREATE TABLE loose (id int NOT NULL, at date NOT NULL, cust int, body text, CONSTRAINT ev_id_check CHECK (id > 0));
INSERT INTO loose SELECT g, date '2027-01-02', 1, 'x' FROM generate_series(1,100) g;
--- case own_part_add_column
ALTER TABLE ev ADD COLUMN z int DEFAULT 1;
--- case own_part_add_column_volatile
ALTER TABLE ev ADD COLUMN z float8 DEFAULT random();
--- case own_part_drop_column
ALTER TABLE ev DROP COLUMN body;
--- case own_part_drop_fk_column
ALTER TABLE ev DROP COLUMN cust;
--- case own_part_check
ALTER TABLE ev ADD CHECK (id < 100000);
--- case own_part_check_nv
ALTER TABLE ev ADD CONSTRAINT k CHECK (id < 100000) NOT VALID;
--- case own_part_drop_check
ALTER TABLE ev DROP CONSTRAINT ev_id_check;
--- case own_part_set_not_null
ALTER TABLE ev ALTER COLUMN cust SET NOT NULL;
--- case own_part_type
ALTER TABLE ev ALTER COLUMN body TYPE varchar(100);
--- case own_part_type_widen
ALTER TABLE ev ALTER COLUMN body TYPE varchar;
--- case own_part_type_indexed
ALTER TABLE ev ALTER COLUMN cust TYPE bigint;
--- case own_part_index
CREATE INDEX ON ev (body);
--- case own_part_index_only
CREATE INDEX i ON ONLY ev (body);
--- case own_part_index_leaf
CREATE INDEX ON ev_25 (body);
--- case own_part_index_sub
CREATE INDEX ON ev_26 (body);
--- case own_part_unique
ALTER TABLE ev ADD UNIQUE (at, id);
--- case own_part_pk
ALTER TABLE ev ADD PRIMARY KEY (at, id);
--- case own_part_drop_index
DROP INDEX ev_cust;
--- case own_part_create
CREATE TABLE ev_28 PARTITION OF ev FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
--- case own_part_create_sub
CREATE TABLE ev_26_b PARTITION OF ev_26 FOR VALUES IN (4000);
--- case own_part_attach
ALTER TABLE ev ATTACH PARTITION loose FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
--- case own_part_detach
ALTER TABLE ev DETACH PARTITION ev_25;
--- case own_part_detach_sub
ALTER TABLE ev DETACH PARTITION ev_26;
--- case own_part_detach_concurrently
ALTER TABLE ev DETACH PARTITION ev_25 CONCURRENTLY;
--- case own_part_drop
DROP TABLE ev_25;
--- case own_part_drop_sub
DROP TABLE ev_26;
--- case own_part_drop_default
DROP TABLE ev_def;
--- case own_part_drop_all
DROP TABLE ev;
--- case own_part_truncate
TRUNCATE ev;
--- case own_part_truncate_leaf
TRUNCATE ev_26;
--- case own_part_fk
ALTER TABLE ev ADD FOREIGN KEY (id) REFERENCES customers;
--- case own_part_drop_fk
ALTER TABLE ev DROP CONSTRAINT ev_cust_fkey;
--- case own_part_rename_column
ALTER TABLE ev RENAME COLUMN body TO b2;
--- case own_part_rename_constraint
ALTER TABLE ev RENAME CONSTRAINT ev_id_check TO k2;
--- case own_part_trigger_disable
ALTER TABLE ev DISABLE TRIGGER ALL;
--- case own_part_set_options
ALTER TABLE ev_25 SET (fillfactor = 50);
--- case own_part_statistics
ALTER TABLE ev ALTER COLUMN body SET STATISTICS 100;
--- case own_part_default
ALTER TABLE ev ALTER COLUMN body SET DEFAULT 'x';
--- case own_part_only_default
ALTER TABLE ONLY ev ALTER COLUMN body SET DEFAULT 'x';
--- case own_part_drop_not_null
ALTER TABLE ev ALTER COLUMN id DROP NOT NULL;
--- case own_part_leaf_add_fk
ALTER TABLE ev_25 ADD FOREIGN KEY (id) REFERENCES customers NOT VALID;
--- case own_part_customers_drop
DROP TABLE customers CASCADE;
--- case own_part_customers_type
ALTER TABLE customers ALTER COLUMN id TYPE bigint;
--- case own_part_create_referencing
CREATE TABLE n (c int, a date, i int, FOREIGN KEY (i, a) REFERENCES ev (id, at));
--- case own_part_owner
ALTER TABLE ev OWNER TO pg_monitor;
--- case own_part_set_schema
ALTER TABLE ev SET SCHEMA public;
--- case own_part_reindex
REINDEX TABLE ev;
--- case own_part_reindex_index
REINDEX INDEX ev_cust;
--- case own_part_analyze
ANALYZE ev;
--- case own_part_lock
LOCK TABLE ev IN SHARE ROW EXCLUSIVE MODE;
--- case own_part_comment
COMMENT ON TABLE ev IS 'x';
--- case own_part_trigger
CREATE TRIGGER tg BEFORE UPDATE ON ev FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
--- case own_part_statement_trigger
CREATE TRIGGER tg BEFORE UPDATE ON ev FOR EACH STATEMENT EXECUTE FUNCTION suppress_redundant_updates_trigger();
--- setup
CREATE TABLE base (id int PRIMARY KEY, a int, b text, CHECK (a >= 0));
CREATE TABLE kid (c int) INHERITS (base);
CREATE TABLE grandkid (d int) INHERITS (kid);
INSERT INTO base SELECT g, g, 'x' FROM generate_series(1,100) g;
INSERT INTO kid SELECT g, g, 'x', g FROM generate_series(1,100) g;
INSERT INTO grandkid SELECT g, g, 'x', g, g FROM generate_series(1,100) g;
CREATE INDEX kid_a ON kid (a);
--- case own_inh_add_column
ALTER TABLE base ADD COLUMN z text DEFAULT clock_timestamp()::text;
--- case own_inh_only_check
ALTER TABLE ONLY base ADD CHECK (a < 1000) NO INHERIT;
--- case own_inh_check
ALTER TABLE base ADD CONSTRAINT k CHECK (a < 1000);
--- case own_inh_drop_check
ALTER TABLE base DROP CONSTRAINT base_a_check;
--- case own_inh_not_null
ALTER TABLE base ALTER COLUMN a SET NOT NULL;
--- case own_inh_kid_not_null
ALTER TABLE kid ALTER COLUMN a SET NOT NULL;
--- case own_inh_type
ALTER TABLE base ALTER COLUMN a TYPE bigint;
--- case own_inh_drop_column
ALTER TABLE base DROP COLUMN b;
--- case own_inh_only_drop_column
ALTER TABLE ONLY base DROP COLUMN b;
--- case own_inh_rename
ALTER TABLE base RENAME COLUMN a TO aa;
--- case own_inh_rename_constraint
ALTER TABLE base RENAME CONSTRAINT base_a_check TO k9;
--- case own_inh_drop_kid
DROP TABLE kid CASCADE;
--- case own_inh_no_inherit
ALTER TABLE grandkid NO INHERIT kid;
--- case own_inh_only_drop_check
ALTER TABLE ONLY base DROP CONSTRAINT base_a_check;
--- case own_inh_not_null_already
ALTER TABLE base ALTER COLUMN id SET NOT NULL;
--- case own_inh_pk
ALTER TABLE kid ADD PRIMARY KEY (id);
--- case own_inh_pk_nullable
ALTER TABLE kid ADD PRIMARY KEY (c);
--- case own_inh_statistics
ALTER TABLE base ALTER COLUMN a SET STATISTICS 10;
--- case own_inh_storage
ALTER TABLE base ALTER COLUMN b SET STORAGE EXTERNAL;
--- case own_inh_fk
ALTER TABLE base ADD FOREIGN KEY (a) REFERENCES base (id) NOT VALID;
--- case own_inh_truncate_only
TRUNCATE ONLY kid;
--- case own_inh_lock_only
LOCK TABLE ONLY base IN EXCLUSIVE MODE;
--- case own_inh_update
UPDATE kid SET a = 1 WHERE id = 1;
--- case own_inh_validate
ALTER TABLE base VALIDATE CONSTRAINT base_a_check;
