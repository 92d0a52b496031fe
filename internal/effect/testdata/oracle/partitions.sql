--- setup
CREATE TABLE pt (id int NOT NULL, a int, b text) PARTITION BY RANGE (id);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (1000);
CREATE TABLE pt2 PARTITION OF pt FOR VALUES FROM (1000) TO (2000);
INSERT INTO pt SELECT g, g, 'x' FROM generate_series(1,1999) g;
CREATE INDEX pt_a_idx ON pt (a);
CREATE TABLE np (id int NOT NULL, a int, b text);
INSERT INTO np SELECT g, g, 'x' FROM generate_series(2000,2999) g;
CREATE TABLE npc (id int NOT NULL, a int, b text, CHECK (id IS NOT NULL AND id >= 2000 AND id < 3000));
INSERT INTO npc SELECT g, g, 'x' FROM generate_series(2000,2999) g;
CREATE INDEX npc_a_idx ON npc (a);
CREATE TABLE ref (id int PRIMARY KEY, v int);
INSERT INTO ref SELECT g, g FROM generate_series(1,1999) g;
CREATE INDEX pt_only_idx ON ONLY pt (b);
CREATE INDEX pt1_b_idx ON pt1 (b);
--- case add_column_partitioned
ALTER TABLE pt ADD COLUMN z int DEFAULT 5;
--- case add_column_partitioned_volatile
ALTER TABLE pt ADD COLUMN z float8 DEFAULT random();
--- case create_index_only_partitioned
CREATE INDEX i ON ONLY pt (b);
--- case alter_index_attach_partition
ALTER INDEX pt_only_idx ATTACH PARTITION pt1_b_idx;
--- case reindex_index_partitioned
REINDEX INDEX pt_a_idx;
--- case reindex_table_partitioned
REINDEX TABLE pt;
--- case cluster_partitioned
CLUSTER pt USING pt_a_idx;
--- case analyze_partitioned
ANALYZE pt;
--- case truncate_partitioned
TRUNCATE pt;
--- case truncate_partition
TRUNCATE pt1;
--- case create_partition
CREATE TABLE pt3 PARTITION OF pt FOR VALUES FROM (2000) TO (3000);
--- case attach_partition
ALTER TABLE pt ATTACH PARTITION np FOR VALUES FROM (2000) TO (3000);
--- case attach_default_partition
ALTER TABLE pt ATTACH PARTITION np DEFAULT;
--- case detach_partition
ALTER TABLE pt DETACH PARTITION pt1;
--- case detach_partition_concurrently
ALTER TABLE pt DETACH PARTITION pt1 CONCURRENTLY;
--- case drop_partitioned
DROP TABLE pt;
--- case partitioned_set_not_null
ALTER TABLE pt ALTER COLUMN a SET NOT NULL;
--- case partitioned_add_pk
ALTER TABLE pt ADD PRIMARY KEY (id);
--- case partitioned_add_fk
ALTER TABLE pt ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES ref;
--- case partitioned_add_fk_not_valid
ALTER TABLE pt ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES ref NOT VALID;
--- case partitioned_alter_type
ALTER TABLE pt ALTER COLUMN a TYPE bigint;
--- case partitioned_drop_column
ALTER TABLE pt DROP COLUMN b;
--- case partitioned_set_default
ALTER TABLE pt ALTER COLUMN a SET DEFAULT 1;
--- case partitioned_only_set_default
ALTER TABLE ONLY pt ALTER COLUMN a SET DEFAULT 1;
--- case partitioned_rename_column
ALTER TABLE pt RENAME COLUMN a TO a2;
--- case partitioned_owner
ALTER TABLE pt OWNER TO r1;
--- case partitioned_enable_rls
ALTER TABLE pt ENABLE ROW LEVEL SECURITY;
--- case partitioned_set_tablespace
ALTER TABLE pt SET TABLESPACE ts1;
--- case partitioned_set_access_method
ALTER TABLE pt SET ACCESS METHOD heap2;
--- case partitioned_insert
INSERT INTO pt VALUES (1, 1, 'x');
--- case partitioned_lock
LOCK TABLE pt IN SHARE MODE;
--- case partitioned_disable_trigger
ALTER TABLE pt DISABLE TRIGGER ALL;
--- case detach_finalize_none
ALTER TABLE pt DETACH PARTITION pt1 FINALIZE;
--- case partition_create_index
CREATE INDEX ON pt1 (b);
--- case partition_drop_index_inherited_error
DROP INDEX pt1_a_idx;
--- case partitioned_update_move
UPDATE pt SET id = 1500 WHERE id = 1;
--- case partitioned_select_all
SELECT count(*) FROM pt;
--- case partitioned_set_statistics
ALTER TABLE pt ALTER COLUMN a SET STATISTICS 10;
--- case partitioned_grant
GRANT SELECT ON pt TO r1;
--- case partitioned_replica_identity
ALTER TABLE pt REPLICA IDENTITY FULL;
--- case partitioned_drop_index_pt_only
DROP INDEX pt_only_idx;
--- case partitioned_add_unique
ALTER TABLE pt ADD CONSTRAINT k UNIQUE (id);
--- case partitioned_add_pk_using_only
ALTER TABLE ONLY pt ADD PRIMARY KEY (id);
--- case create_index_concurrently_partitioned
CREATE INDEX CONCURRENTLY i ON pt (b);
--- case create_index_concurrently_only_partitioned
CREATE INDEX CONCURRENTLY i ON ONLY pt (b);
--- case create_index_concurrently_on_partition
CREATE INDEX CONCURRENTLY i ON pt1 (b, a);
--- case vacuum_partitioned
VACUUM pt;

--- setup
CREATE TABLE pt (id int NOT NULL, a int) PARTITION BY RANGE (id);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (1000);
CREATE TABLE ptd PARTITION OF pt DEFAULT;
INSERT INTO pt SELECT g, g FROM generate_series(1,999) g;
INSERT INTO pt SELECT g, g FROM generate_series(5000,5999) g;
CREATE TABLE np (id int NOT NULL, a int);
INSERT INTO np SELECT g, g FROM generate_series(2000,2999) g;
--- case create_partition_with_default
CREATE TABLE pt3 PARTITION OF pt FOR VALUES FROM (2000) TO (3000);
--- case attach_partition_with_default
ALTER TABLE pt ATTACH PARTITION np FOR VALUES FROM (2000) TO (3000);
--- case detach_partition_concurrently_with_default
ALTER TABLE pt DETACH PARTITION pt1 CONCURRENTLY;
--- case drop_partition_with_default
DROP TABLE pt1;

--- setup
CREATE TABLE pt (id int NOT NULL, a int) PARTITION BY RANGE (id);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (1000);
CREATE TABLE ptd PARTITION OF pt DEFAULT;
INSERT INTO pt SELECT g, g FROM generate_series(5000,5999) g;
ALTER TABLE ptd ADD CONSTRAINT ptd_chk CHECK (id IS NOT NULL AND NOT (id >= 2000 AND id < 3000));
CREATE TABLE np (id int NOT NULL, a int);
INSERT INTO np SELECT g, g FROM generate_series(2000,2999) g;
--- case attach_partition_with_default_check
ALTER TABLE pt ATTACH PARTITION np FOR VALUES FROM (2000) TO (3000);

--- setup
CREATE TABLE pt (id int PRIMARY KEY, a int) PARTITION BY RANGE (id);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (1000);
CREATE TABLE pt2 PARTITION OF pt FOR VALUES FROM (1000) TO (2000);
INSERT INTO pt SELECT g, g FROM generate_series(1,1999) g;
CREATE TABLE c (id int PRIMARY KEY, p_id int);
INSERT INTO c SELECT g, g FROM generate_series(1,1999) g;
CREATE TABLE cf (id int PRIMARY KEY, p_id int CONSTRAINT cf_fk REFERENCES pt);
INSERT INTO cf SELECT g, g FROM generate_series(1,1999) g;
--- case detach_partition_referenced
ALTER TABLE pt DETACH PARTITION pt1;
--- case add_fk_to_partitioned
ALTER TABLE c ADD CONSTRAINT k FOREIGN KEY (p_id) REFERENCES pt;
--- case add_fk_to_partitioned_not_valid
ALTER TABLE c ADD CONSTRAINT k FOREIGN KEY (p_id) REFERENCES pt NOT VALID;
--- case create_partition_referenced
CREATE TABLE pt3 PARTITION OF pt FOR VALUES FROM (2000) TO (3000);
--- case drop_partition_referenced
DROP TABLE pt1;
--- case drop_fk_to_partitioned
ALTER TABLE cf DROP CONSTRAINT cf_fk;
--- case drop_table_fk_to_partitioned
DROP TABLE cf;

--- setup
CREATE TABLE pt (id int NOT NULL, a int, b text) PARTITION BY RANGE (id);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (1000);
CREATE TABLE pt2 PARTITION OF pt FOR VALUES FROM (1000) TO (2000);
INSERT INTO pt SELECT g, g, 'x' FROM generate_series(1,1999) g;
CREATE INDEX pt_a_idx ON pt (a);
CREATE TABLE np (id int NOT NULL, a int, b text);
INSERT INTO np SELECT g, g, 'x' FROM generate_series(2000,2999) g;
CREATE TABLE npc (id int NOT NULL, a int, b text, CHECK (id IS NOT NULL AND id >= 2000 AND id < 3000));
INSERT INTO npc SELECT g, g, 'x' FROM generate_series(2000,2999) g;
CREATE INDEX npc_a_idx ON npc (a);
CREATE TABLE ref (id int PRIMARY KEY, v int);
INSERT INTO ref SELECT g, g FROM generate_series(1,1999) g;
CREATE INDEX pt_only_idx ON ONLY pt (b);
CREATE INDEX pt1_b_idx ON pt1 (b);
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
--- case partitioned_create_trigger
CREATE TRIGGER tg AFTER INSERT ON pt FOR EACH ROW EXECUTE FUNCTION tf();

--- setup
CREATE TABLE pt (id int NOT NULL, a int, b text) PARTITION BY RANGE (id);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (1000);
CREATE TABLE pt2 PARTITION OF pt FOR VALUES FROM (1000) TO (2000);
INSERT INTO pt SELECT g, g, 'x' FROM generate_series(1,1999) g;
CREATE INDEX pt_a_idx ON pt (a);
CREATE TABLE np (id int NOT NULL, a int, b text);
INSERT INTO np SELECT g, g, 'x' FROM generate_series(2000,2999) g;
CREATE TABLE npc (id int NOT NULL, a int, b text, CHECK (id IS NOT NULL AND id >= 2000 AND id < 3000));
INSERT INTO npc SELECT g, g, 'x' FROM generate_series(2000,2999) g;
CREATE INDEX npc_a_idx ON npc (a);
CREATE TABLE ref (id int PRIMARY KEY, v int);
INSERT INTO ref SELECT g, g FROM generate_series(1,1999) g;
CREATE INDEX pt_only_idx ON ONLY pt (b);
CREATE INDEX pt1_b_idx ON pt1 (b);
ALTER TABLE pt ADD PRIMARY KEY (id);
--- case attach_partition_parent_has_pk
ALTER TABLE pt ATTACH PARTITION np FOR VALUES FROM (2000) TO (3000);

--- setup
CREATE TABLE pt (id int NOT NULL, a int, b text) PARTITION BY RANGE (id);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (1000);
CREATE TABLE pt2 PARTITION OF pt FOR VALUES FROM (1000) TO (2000);
INSERT INTO pt SELECT g, g, 'x' FROM generate_series(1,1999) g;
CREATE INDEX pt_a_idx ON pt (a);
CREATE TABLE np (id int NOT NULL, a int, b text);
INSERT INTO np SELECT g, g, 'x' FROM generate_series(2000,2999) g;
CREATE TABLE npc (id int NOT NULL, a int, b text, CHECK (id IS NOT NULL AND id >= 2000 AND id < 3000));
INSERT INTO npc SELECT g, g, 'x' FROM generate_series(2000,2999) g;
CREATE INDEX npc_a_idx ON npc (a);
CREATE TABLE ref (id int PRIMARY KEY, v int);
INSERT INTO ref SELECT g, g FROM generate_series(1,1999) g;
CREATE INDEX pt_only_idx ON ONLY pt (b);
CREATE INDEX pt1_b_idx ON pt1 (b);
DROP INDEX pt_only_idx;
--- case attach_partition_with_matching_index
ALTER TABLE pt ATTACH PARTITION npc FOR VALUES FROM (2000) TO (3000);
