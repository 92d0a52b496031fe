--- setup
CREATE TABLE ref (id int PRIMARY KEY, v int);
INSERT INTO ref SELECT g, g FROM generate_series(1, 3000) g;
CREATE TABLE pt (id int NOT NULL, k text NOT NULL, a int, d date, CONSTRAINT pt_pk PRIMARY KEY (id, k)) PARTITION BY RANGE (id);
CREATE TABLE pt_1 PARTITION OF pt FOR VALUES FROM (0) TO (1000);
CREATE TABLE pt_2 PARTITION OF pt FOR VALUES FROM (1000) TO (2000) PARTITION BY LIST (k);
CREATE TABLE pt_2_x PARTITION OF pt_2 FOR VALUES IN ('x');
CREATE TABLE pt_2_def PARTITION OF pt_2 DEFAULT;
CREATE TABLE pt_def PARTITION OF pt DEFAULT;
INSERT INTO pt SELECT g, CASE WHEN g % 2 = 0 THEN 'x' ELSE 'y' END, g, '2024-01-01' FROM generate_series(1, 2500) g;
CREATE INDEX pt_a_idx ON pt (a);
CREATE INDEX pt_1_d_idx ON pt_1 (d);
ALTER TABLE pt ADD CONSTRAINT pt_ref FOREIGN KEY (a) REFERENCES ref;
CREATE TABLE child (id int PRIMARY KEY, pid int, pk text, FOREIGN KEY (pid, pk) REFERENCES pt (id, k));
INSERT INTO child SELECT g, g * 2, 'x' FROM generate_series(1, 400) g;
CREATE TABLE pu (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE pu_1 PARTITION OF pu FOR VALUES FROM (0) TO (1000);
CREATE TABLE pu_2 PARTITION OF pu FOR VALUES FROM (1000) TO (2000) PARTITION BY RANGE (id);
CREATE TABLE pu_2_1 PARTITION OF pu_2 FOR VALUES FROM (1000) TO (1500);
CREATE TABLE pu_2_2 PARTITION OF pu_2 FOR VALUES FROM (1500) TO (2000);
INSERT INTO pu SELECT g FROM generate_series(1, 1999) g;
CREATE TABLE puc (id int REFERENCES pu);
INSERT INTO puc SELECT 1 + g % 999 FROM generate_series(1, 5000) g;
ANALYZE pu;
ANALYZE puc;
CREATE TABLE loose (id int NOT NULL, k text NOT NULL, a int, d date);
INSERT INTO loose SELECT g, 'x', 1, '2024-01-01' FROM generate_series(3000, 3500) g;
CREATE TABLE loose_ck (LIKE loose, PRIMARY KEY (id, k), CHECK (id >= 4000 AND id < 5000));
INSERT INTO loose_ck SELECT g, 'x', 1, '2024-01-01' FROM generate_series(4000, 4500) g;
CREATE TABLE hp (id int, v text) PARTITION BY HASH (id);
CREATE TABLE hp_0 PARTITION OF hp FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hp_1 PARTITION OF hp FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO hp SELECT g, 'v' FROM generate_series(1, 1000) g;
CREATE TABLE animal (id int PRIMARY KEY, name text, CONSTRAINT named CHECK (name <> ''));
INSERT INTO animal SELECT g, 'a' FROM generate_series(1, 1000) g;
CREATE TABLE bird (wings int DEFAULT 2) INHERITS (animal);
INSERT INTO bird SELECT g, 'b', 2 FROM generate_series(1, 1000) g;
CREATE TABLE owl (night bool) INHERITS (bird);
INSERT INTO owl SELECT g, 'o', 2, true FROM generate_series(1, 1000) g;
CREATE TABLE tagged (tag text);
CREATE TABLE penguin (swim bool) INHERITS (bird, tagged);
INSERT INTO penguin SELECT g, 'p', 2, 't', true FROM generate_series(1, 1000) g;
CREATE TABLE apart (id int NOT NULL, name text, wings int, CONSTRAINT named CHECK (name <> ''));
--- case tree_add_column
ALTER TABLE animal ADD COLUMN legs int;
--- case tree_add_column_only
ALTER TABLE ONLY animal ADD COLUMN legs int;
--- case tree_add_column_default_volatile
ALTER TABLE animal ADD COLUMN r float8 DEFAULT random();
--- case tree_add_column_middle
ALTER TABLE bird ADD COLUMN eggs int DEFAULT 3;
--- case tree_drop_column
ALTER TABLE animal DROP COLUMN name;
--- case tree_drop_column_only
ALTER TABLE ONLY animal DROP COLUMN name;
--- case tree_drop_inherited_column
ALTER TABLE owl DROP COLUMN wings;
--- case tree_rename_column
ALTER TABLE animal RENAME COLUMN name TO title;
--- case tree_alter_type
ALTER TABLE animal ALTER COLUMN name TYPE varchar(30);
--- case tree_set_not_null
ALTER TABLE animal ALTER COLUMN name SET NOT NULL;
--- case tree_set_not_null_only
ALTER TABLE ONLY animal ALTER COLUMN name SET NOT NULL;
--- case tree_set_default_only
ALTER TABLE ONLY animal ALTER COLUMN name SET DEFAULT 'x';
--- case tree_set_statistics
ALTER TABLE animal ALTER COLUMN name SET STATISTICS 10;
--- case tree_add_check
ALTER TABLE animal ADD CONSTRAINT short CHECK (length(name) < 50);
--- case tree_add_check_no_inherit
ALTER TABLE animal ADD CONSTRAINT short CHECK (length(name) < 50) NO INHERIT;
--- case tree_add_check_not_valid
ALTER TABLE animal ADD CONSTRAINT short CHECK (length(name) < 50) NOT VALID;
--- case tree_drop_check
ALTER TABLE animal DROP CONSTRAINT named;
--- case tree_drop_check_only
ALTER TABLE ONLY animal DROP CONSTRAINT named;
--- case tree_rename_check
ALTER TABLE animal RENAME CONSTRAINT named TO has_name;
--- case tree_set_storage_option
ALTER TABLE animal SET (fillfactor = 90);
--- case tree_inherit
ALTER TABLE apart INHERIT bird;
--- case tree_no_inherit
ALTER TABLE penguin NO INHERIT tagged;
--- case tree_create_index_parent
CREATE INDEX ON animal (name);
--- case tree_truncate
TRUNCATE animal;
--- case tree_truncate_only
TRUNCATE ONLY animal;
--- case tree_drop
DROP TABLE bird;
--- case tree_drop_cascade
DROP TABLE bird CASCADE;
--- case tree_drop_leaf
DROP TABLE owl;
--- case tree_lock
LOCK TABLE animal IN SHARE ROW EXCLUSIVE MODE;
--- case tree_analyze
ANALYZE animal;
--- case tree_vacuum
VACUUM bird;
--- case tree_update
UPDATE animal SET name = 'z' WHERE id = 3;
--- case tree_update_only
UPDATE ONLY animal SET name = 'z' WHERE id = 3;
--- case tree_delete
DELETE FROM bird WHERE wings = 9;
--- case tree_select_for_update
SELECT * FROM bird FOR UPDATE;
--- case tree_create_child
CREATE TABLE dog (bark text) INHERITS (animal);
--- case tree_create_like
CREATE TABLE clone (LIKE bird INCLUDING ALL);
--- case tree_trigger
CREATE TRIGGER tg BEFORE INSERT ON animal FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
--- case tree_owner
ALTER TABLE animal OWNER TO r1;
--- case tree_policy
CREATE POLICY p ON animal USING (id > 0);
--- case part_add_column
ALTER TABLE pt ADD COLUMN n int DEFAULT 0;
--- case part_add_column_serial
ALTER TABLE pt ADD COLUMN n serial;
--- case part_add_column_to_leaf
ALTER TABLE pt_1 ADD COLUMN n int;
--- case part_drop_column
ALTER TABLE pt DROP COLUMN d;
--- case part_drop_key_column
ALTER TABLE pt DROP COLUMN id;
--- case part_set_not_null
ALTER TABLE pt ALTER COLUMN a SET NOT NULL;
--- case part_set_not_null_sub
ALTER TABLE pt_2 ALTER COLUMN a SET NOT NULL;
--- case part_set_not_null_leaf
ALTER TABLE pt_2_x ALTER COLUMN a SET NOT NULL;
--- case part_drop_not_null_leaf
ALTER TABLE pt_1 ALTER COLUMN k DROP NOT NULL;
--- case part_alter_type
ALTER TABLE pt ALTER COLUMN d TYPE timestamp;
--- case part_alter_type_fk
ALTER TABLE pt ALTER COLUMN a TYPE bigint;
--- case part_alter_type_leaf
ALTER TABLE pt_1 ALTER COLUMN d TYPE timestamp;
--- case part_add_check_only
ALTER TABLE ONLY pt ADD CONSTRAINT c CHECK (a > 0);
--- case part_add_unique
ALTER TABLE pt ADD UNIQUE (id, k, a);
--- case part_add_unique_only
ALTER TABLE ONLY pt ADD CONSTRAINT u UNIQUE (id, k, a);
--- case part_drop_pk
ALTER TABLE pt DROP CONSTRAINT pt_pk;
--- case part_drop_pk_cascade
ALTER TABLE pt DROP CONSTRAINT pt_pk CASCADE;
--- case part_drop_fk
ALTER TABLE pt DROP CONSTRAINT pt_ref;
--- case part_drop_fk_leaf
ALTER TABLE pt_1 DROP CONSTRAINT pt_ref;
--- case part_fk_to_partitioned
ALTER TABLE loose ADD FOREIGN KEY (id, k) REFERENCES pt NOT VALID;
--- case part_fk_from_leaf
ALTER TABLE pt_1 ADD FOREIGN KEY (a) REFERENCES ref;
--- case part_drop_fk_to_partitioned
ALTER TABLE child DROP CONSTRAINT child_pid_pk_fkey;
--- case part_drop_referencing
DROP TABLE child;
--- case part_validate_fk
ALTER TABLE pt VALIDATE CONSTRAINT pt_ref;
--- case part_create_index
CREATE INDEX ON pt (d);
--- case part_create_index_only
CREATE INDEX pt_k_idx ON ONLY pt (k);
--- case part_create_index_sub
CREATE INDEX ON pt_2 (d);
--- case part_create_index_if_not_exists
CREATE INDEX IF NOT EXISTS pt_a_idx ON pt (a);
--- case part_drop_index
DROP INDEX pt_a_idx;
--- case part_drop_index_leaf
DROP INDEX pt_1_a_idx;
--- case part_rename_index
ALTER INDEX pt_a_idx RENAME TO pt_aa;
--- case part_index_options
ALTER INDEX pt_1_a_idx SET (fillfactor = 80);
--- case part_reindex_leaf
REINDEX TABLE pt_1;
--- case part_create_partition
CREATE TABLE pt_3 PARTITION OF pt FOR VALUES FROM (2600) TO (2700);
--- case part_create_partition_sub
CREATE TABLE pt_2_z PARTITION OF pt_2 FOR VALUES IN ('z');
--- case part_create_partition_partitioned
CREATE TABLE pt_4 PARTITION OF pt FOR VALUES FROM (2700) TO (2800) PARTITION BY RANGE (a);
--- case part_create_partition_hash
CREATE TABLE hp_2 PARTITION OF hp FOR VALUES WITH (MODULUS 4, REMAINDER 2);
--- case part_attach
ALTER TABLE pt ATTACH PARTITION loose FOR VALUES FROM (3000) TO (4000);
--- case part_attach_checked
ALTER TABLE pt ATTACH PARTITION loose_ck FOR VALUES FROM (4000) TO (5000);
--- case part_attach_sub
ALTER TABLE pt_2 ATTACH PARTITION loose FOR VALUES IN ('q');
--- case part_detach_leaf
ALTER TABLE hp DETACH PARTITION hp_1;
--- case part_detach_fk
ALTER TABLE pu DETACH PARTITION pu_2;
--- case part_detach_fk_leaf
ALTER TABLE pu_2 DETACH PARTITION pu_2_2;
--- case part_create_partition_fk_sub
CREATE TABLE pu_3 PARTITION OF pu FOR VALUES FROM (2000) TO (3000);
--- case part_drop_referenced_leaf
DROP TABLE pu_2_1;
--- case part_drop_referenced_leaf_cascade
DROP TABLE pu_2_1 CASCADE;
--- case part_truncate_referenced_leaf
TRUNCATE pu_2_1;
--- case part_detach_concurrently_default
ALTER TABLE pt DETACH PARTITION pt_1 CONCURRENTLY;
--- case part_detach_concurrently
ALTER TABLE hp DETACH PARTITION hp_0 CONCURRENTLY;
--- case part_drop_leaf
DROP TABLE pt_2_def;
--- case part_drop_leaf_hash
DROP TABLE hp_0;
--- case part_drop_sub
DROP TABLE pt_2 CASCADE;
--- case part_drop_root
DROP TABLE hp;
--- case part_drop_default
DROP TABLE pt_def CASCADE;
--- case part_truncate_leaf
TRUNCATE hp_1;
--- case part_truncate_root
TRUNCATE hp;
--- case part_truncate_root_cascade
TRUNCATE pt CASCADE;
--- case part_truncate_only_root
TRUNCATE ONLY hp;
--- case part_rename_column
ALTER TABLE pt RENAME COLUMN d TO day;
--- case part_rename_root
ALTER TABLE pt RENAME TO pt_new;
--- case part_rename_leaf
ALTER TABLE pt_1 RENAME TO pt_one;
--- case part_set_schema
ALTER TABLE hp SET SCHEMA pg_catalog;
--- case part_set_option
ALTER TABLE pt SET (fillfactor = 50);
--- case part_set_option_leaf
ALTER TABLE pt_1 SET (fillfactor = 50);
--- case part_set_statistics
ALTER TABLE pt ALTER COLUMN a SET STATISTICS 10;
--- case part_disable_trigger
ALTER TABLE hp DISABLE TRIGGER ALL;
--- case part_create_trigger
CREATE TRIGGER tg AFTER INSERT ON pt FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
--- case part_create_trigger_statement
CREATE TRIGGER tg AFTER INSERT ON hp FOR EACH STATEMENT EXECUTE FUNCTION suppress_redundant_updates_trigger();
--- case part_insert
INSERT INTO hp SELECT g, 'x' FROM generate_series(1, 9) g;
--- case part_insert_select
INSERT INTO hp SELECT id, k FROM pt WHERE id < 100;
--- case part_update_pruned
UPDATE pt SET d = '2025-01-01' WHERE id = 5;
--- case part_update_unpruned
UPDATE pt SET d = '2025-01-01' WHERE a = 5;
--- case part_delete_pruned
DELETE FROM pt WHERE id = 1501 AND k = 'y';
--- case part_copy
COPY hp FROM STDIN;
--- case part_analyze
ANALYZE pt;
--- case part_vacuum
VACUUM pt_2;
--- case part_lock_only
LOCK TABLE ONLY pt IN SHARE MODE;
--- case part_lock
LOCK TABLE pt IN SHARE MODE;
--- case part_comment
COMMENT ON TABLE pt IS 'x';
--- case part_statistics
CREATE STATISTICS pt_st ON id, a FROM pt;
--- case part_view
CREATE VIEW pv AS SELECT id FROM pt;
--- case part_matview
CREATE MATERIALIZED VIEW pmv AS SELECT a FROM pt WHERE id = 5;
--- case part_owner
ALTER TABLE pt OWNER TO r1;
--- case part_rls
ALTER TABLE pt ENABLE ROW LEVEL SECURITY;
--- case part_replica_identity
ALTER TABLE pt REPLICA IDENTITY FULL;
--- case part_set_logged
ALTER TABLE pt_1 SET UNLOGGED;
--- case part_add_identity
ALTER TABLE hp ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
--- case tree_add_unique
ALTER TABLE animal ADD CONSTRAINT u UNIQUE (id, name);
--- case tree_add_pk
ALTER TABLE tagged ADD PRIMARY KEY (tag);
--- case tree_add_exclude
ALTER TABLE animal ADD EXCLUDE USING btree (id WITH =);
--- case tree_validate
ALTER TABLE animal VALIDATE CONSTRAINT named;
--- case tree_add_fk
ALTER TABLE animal ADD FOREIGN KEY (id) REFERENCES ref NOT VALID;
--- case tree_add_column_references
ALTER TABLE animal ADD COLUMN r int REFERENCES ref;
--- case tree_add_column_check
ALTER TABLE animal ADD COLUMN r int CHECK (r > 0);
--- case tree_drop_pk
ALTER TABLE animal DROP CONSTRAINT animal_pkey;
--- case tree_add_not_null_named
ALTER TABLE tagged ADD CONSTRAINT tag_nn NOT NULL tag;
--- case tree_drop_not_null
ALTER TABLE animal ALTER COLUMN name DROP NOT NULL;
--- case tree_set_not_null_child
ALTER TABLE bird ALTER COLUMN id SET NOT NULL;
--- case tree_rename_table
ALTER TABLE bird RENAME TO fowl;
--- case tree_disable_trigger
ALTER TABLE animal DISABLE TRIGGER ALL;
--- setup
CREATE TABLE sp (id int, a int, d int) PARTITION BY RANGE (id);
CREATE TABLE sp_1 PARTITION OF sp FOR VALUES FROM (0) TO (1000) PARTITION BY RANGE (a);
CREATE TABLE sp_1_1 PARTITION OF sp_1 FOR VALUES FROM (0) TO (500);
CREATE TABLE sp_1_2 PARTITION OF sp_1 FOR VALUES FROM (500) TO (1000) PARTITION BY RANGE (d);
CREATE TABLE sp_1_2_1 PARTITION OF sp_1_2 FOR VALUES FROM (0) TO (1000);
CREATE TABLE sp_2 PARTITION OF sp FOR VALUES FROM (1000) TO (2000);
INSERT INTO sp SELECT g, g, g FROM generate_series(1, 999) g;
--- case sub_detach
ALTER TABLE sp DETACH PARTITION sp_1;
--- case sub_detach_leaf
ALTER TABLE sp_1_2 DETACH PARTITION sp_1_2_1;
--- case sub_detach_top_leaf
ALTER TABLE sp DETACH PARTITION sp_2;
--- case sub_drop
DROP TABLE sp_1_2;
--- case sub_drop_middle
DROP TABLE sp_1;
--- case sub_truncate
TRUNCATE sp_1_2;
--- case sub_create
CREATE TABLE sp_1_2_2 PARTITION OF sp_1_2 FOR VALUES FROM (1000) TO (2000);
--- case sub_set_not_null
ALTER TABLE sp_1 ALTER COLUMN d SET NOT NULL;
--- case sub_add_check
ALTER TABLE sp ADD CHECK (d > 0);
--- case sub_add_column
ALTER TABLE sp ADD COLUMN t timestamptz DEFAULT clock_timestamp();
--- case sub_index
CREATE INDEX ON sp_1 (d);
--- case sub_unique
ALTER TABLE sp ADD UNIQUE (id, a, d);
--- case sub_update
UPDATE sp SET d = 700 WHERE id = 600 AND a = 600;
--- case sub_lock
LOCK TABLE sp_1 IN SHARE MODE;
--- case sub_rename_leaf_column
ALTER TABLE sp_2 RENAME COLUMN d TO e;
--- case sub_disable_trigger
ALTER TABLE sp ENABLE TRIGGER ALL;
--- setup
CREATE TABLE ps (id bigserial, at date) PARTITION BY RANGE (at);
CREATE TABLE ps_1 PARTITION OF ps FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY HASH (id);
CREATE TABLE ps_1_0 PARTITION OF ps_1 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE pc (id bigserial, at date) PARTITION BY RANGE (at);
CREATE TABLE pc_1 PARTITION OF pc FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE pc_like (LIKE pc INCLUDING DEFAULTS);
--- case drop_partitioned_serial
DROP TABLE ps;
--- case drop_partitioned_serial_like
DROP TABLE pc;
