--- setup
CREATE TABLE t (id int PRIMARY KEY, a int[], b int, c text);
INSERT INTO t SELECT g, ARRAY[g], g, 'x' || g FROM generate_series(1,1000) g;
CREATE INDEX gi ON t USING gin (a);
CREATE INDEX br ON t USING brin (b);
CREATE INDEX bt ON t (b);
CREATE INDEX ha ON t USING hash (b);
CREATE INDEX gs ON t USING gist (int4range(b, b + 1));
--- case reloption_gin_fastupdate
ALTER INDEX gi SET (fastupdate = off);
--- case reloption_gin_pending_list
ALTER INDEX gi SET (gin_pending_list_limit = 128);
--- case reloption_brin_pages
ALTER INDEX br SET (pages_per_range = 16);
--- case reloption_btree_dedup
ALTER INDEX bt SET (deduplicate_items = off);
--- case reloption_hash_fillfactor
ALTER INDEX ha SET (fillfactor = 50);
--- case reloption_unknown
ALTER TABLE t SET (nope = 1);
--- case reloption_oids_false
ALTER TABLE t SET (oids = false);
--- case reloption_vacuum_max_eager
ALTER TABLE t SET (vacuum_max_eager_freeze_failure_rate = 0);
--- case reloption_autovacuum_insert_threshold
ALTER TABLE t SET (autovacuum_vacuum_insert_threshold = 10);
--- case reloption_brin_summarize
SELECT brin_summarize_new_values('br');
--- case create_index_gin
CREATE INDEX ON t USING gin (a);
--- case create_index_gist
CREATE INDEX ON t USING gist (int4range(b, b + 2));
--- case create_index_opts
CREATE INDEX ON t (b) WITH (fillfactor = 50) TABLESPACE ts1;
--- case create_unique_nulls_not_distinct
CREATE UNIQUE INDEX ON t (b) NULLS NOT DISTINCT;
--- case create_unique_duplicate_error
CREATE UNIQUE INDEX ON t ((b / 2));
--- case create_index_gin_concurrently
CREATE INDEX CONCURRENTLY ON t USING gin (a);
--- case create_unique_concurrently_duplicate_error
CREATE UNIQUE INDEX CONCURRENTLY bad ON t ((b / 2));
