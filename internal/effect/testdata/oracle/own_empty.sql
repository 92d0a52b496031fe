--- setup
CREATE TABLE t (id int PRIMARY KEY);
CREATE TABLE parent (id int, k int) PARTITION BY LIST (k);
CREATE TABLE child PARTITION OF parent FOR VALUES IN (1);
--- case empty_add_column_notnull
ALTER TABLE t ADD COLUMN z int NOT NULL;
--- case empty_add_column_notnull_if_not_exists
ALTER TABLE t ADD COLUMN IF NOT EXISTS z int NOT NULL, ADD COLUMN y text NOT NULL;
--- case empty_add_column_notnull_default_null
ALTER TABLE t ADD COLUMN z int DEFAULT NULL NOT NULL;
--- case empty_add_column_notnull_default
ALTER TABLE t ADD COLUMN z int NOT NULL DEFAULT 1;
--- case empty_add_column_notnull_partitioned
ALTER TABLE parent ADD COLUMN z int NOT NULL;
--- case empty_add_column_notnull_references
ALTER TABLE t ADD COLUMN z int NOT NULL REFERENCES t;
--- case empty_update_catalog
UPDATE pg_index SET indisready = indisready WHERE indrelid = 't'::regclass;
