--- setup
CREATE SCHEMA app;
CREATE TABLE app.acc (id int PRIMARY KEY, bal int NOT NULL, owner text);
INSERT INTO app.acc SELECT g, g, 'o' FROM generate_series(1, 1000) g;
CREATE TABLE log (id bigserial PRIMARY KEY, acc int REFERENCES app.acc ON DELETE CASCADE ON UPDATE CASCADE, what text);
INSERT INTO log (acc, what) SELECT g, 'w' FROM generate_series(1, 1000) g;
CREATE TABLE memo (id int PRIMARY KEY, log bigint REFERENCES log ON DELETE SET NULL);
INSERT INTO memo SELECT g, g FROM generate_series(1, 1000) g;
CREATE TABLE stage (id int, bal int);
INSERT INTO stage SELECT g, 5 FROM generate_series(1, 100) g;
CREATE VIEW app.rich AS SELECT id, bal FROM app.acc WHERE bal > 500;
CREATE VIEW richer AS SELECT id, bal FROM app.rich WHERE bal > 900 WITH LOCAL CHECK OPTION;
CREATE VIEW joined AS SELECT l.id, a.owner FROM log l JOIN app.acc a ON a.id = l.acc;
CREATE MATERIALIZED VIEW sums AS SELECT acc, count(*) AS n FROM log GROUP BY acc;
CREATE UNIQUE INDEX sums_acc_idx ON sums (acc);
CREATE MATERIALIZED VIEW sums2 AS SELECT sum(n) AS s FROM sums WITH NO DATA;
CREATE SEQUENCE app.seq;
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
CREATE TRIGGER acc_audit AFTER UPDATE OF bal ON app.acc FOR EACH ROW WHEN (old.bal IS DISTINCT FROM new.bal) EXECUTE FUNCTION audit();
CREATE RULE stage_ins AS ON INSERT TO stage WHERE new.id < 0 DO ALSO INSERT INTO log (what) VALUES ('r');
CREATE UNLOGGED TABLE app.cache (k text PRIMARY KEY, v int);
CREATE TABLE app."Mixed Case" (id serial PRIMARY KEY, ref int);
--- case q_insert_returning
INSERT INTO log (acc, what) VALUES (1, 'x') RETURNING *;
--- case q_insert_conflict
INSERT INTO app.acc VALUES (1, 2, 'z') ON CONFLICT (id) DO UPDATE SET bal = excluded.bal;
--- case q_insert_cte
WITH gone AS (DELETE FROM stage WHERE id < 5 RETURNING *) INSERT INTO app.cache SELECT id::text, bal FROM gone;
--- case q_insert_rule
INSERT INTO stage VALUES (1, 2);
--- case q_insert_view
INSERT INTO app.rich VALUES (5000, 600);
--- case q_update_view_on_view
UPDATE richer SET bal = bal + 1 WHERE id = 950;
--- case q_update_trigger_column
UPDATE app.acc SET bal = bal + 1 WHERE id = 3;
--- case q_update_other_column
UPDATE app.acc SET owner = 'n' WHERE id = 3;
--- case q_update_referenced_key
UPDATE app.acc SET id = 7777 WHERE id = 3;
--- case q_update_from
UPDATE app.acc a SET owner = 's' FROM stage s WHERE s.id = a.id;
--- case q_update_subquery
UPDATE memo SET log = NULL WHERE log IN (SELECT id FROM log WHERE acc = 9);
--- case q_delete_cascade
DELETE FROM app.acc WHERE id = 17;
--- case q_delete_set_null
DELETE FROM log WHERE id = 3;
--- case q_delete_using
DELETE FROM memo USING log WHERE log.id = memo.log AND log.acc = 3;
--- case q_merge
MERGE INTO app.acc a USING stage s ON a.id = s.id WHEN MATCHED THEN UPDATE SET bal = s.bal WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.bal, 'm');
--- case q_merge_delete
MERGE INTO memo m USING (SELECT id FROM log) l ON m.id = l.id WHEN MATCHED THEN DELETE;
--- case q_select_for_share_of
SELECT * FROM log l JOIN app.acc a ON a.id = l.acc FOR SHARE OF l;
--- case q_select_for_update_view
SELECT * FROM joined FOR UPDATE;
--- case q_select_into
SELECT * INTO copy_of FROM app.acc;
--- case q_ctas_if_not_exists
CREATE TABLE IF NOT EXISTS log AS SELECT 1 AS x;
--- case q_ctas_no_data
CREATE TABLE n AS SELECT * FROM joined WITH NO DATA;
--- case q_ctas_temp
CREATE TEMP TABLE n ON COMMIT DROP AS SELECT * FROM app.acc;
--- case q_ctas_unlogged
CREATE UNLOGGED TABLE n AS TABLE stage;
--- case q_ctas_values
CREATE TABLE n (a, b) AS VALUES (1, 2), (3, 4);
--- case q_copy_from_view
COPY (SELECT * FROM richer) TO STDOUT;
--- case q_explain_analyze_delete
EXPLAIN ANALYZE DELETE FROM memo WHERE id = 1;
--- case q_explain_select
EXPLAIN SELECT * FROM joined;
--- case q_prepare
PREPARE q AS UPDATE app.acc SET bal = 0;
--- case q_declare
DECLARE c CURSOR FOR SELECT * FROM joined FOR UPDATE;
--- case q_lock_view
LOCK TABLE joined IN SHARE MODE;
--- case q_lock_view_on_view
LOCK TABLE richer;
--- case q_nextval
SELECT nextval('app.seq');
--- case q_setval
SELECT setval('app.seq', 10);
--- case q_currval_default
INSERT INTO app."Mixed Case" DEFAULT VALUES;
--- case q_values
VALUES (1), (2);
--- case q_table
TABLE app.rich;
--- case q_exists
SELECT EXISTS (SELECT FROM log WHERE acc = 4), (SELECT max(id) FROM memo);
--- case q_refresh
REFRESH MATERIALIZED VIEW sums;
--- case q_refresh_concurrently
REFRESH MATERIALIZED VIEW CONCURRENTLY sums;
--- case q_refresh_nested
REFRESH MATERIALIZED VIEW sums2;
--- case q_refresh_no_data
REFRESH MATERIALIZED VIEW sums WITH NO DATA;
--- case q_refresh_concurrently_unpopulated
REFRESH MATERIALIZED VIEW CONCURRENTLY sums2;
--- case q_create_view_replace
CREATE OR REPLACE VIEW app.rich AS SELECT id, bal, owner FROM app.acc;
--- case q_create_view_recursive
CREATE RECURSIVE VIEW r (n) AS SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5;
--- case q_create_view_temp
CREATE TEMP VIEW tv AS SELECT * FROM richer;
--- case q_drop_view
DROP VIEW app.rich;
--- case q_drop_view_cascade
DROP VIEW app.rich CASCADE;
--- case q_drop_matview_cascade
DROP MATERIALIZED VIEW sums CASCADE;
--- case q_drop_view_missing
DROP VIEW IF EXISTS nosuch;
--- case q_rename_view
ALTER VIEW app.rich RENAME TO wealthy;
--- case q_rename_view_column
ALTER VIEW richer RENAME COLUMN bal TO balance;
--- case q_view_schema
ALTER VIEW joined SET SCHEMA app;
--- case q_view_default
ALTER VIEW app.rich ALTER COLUMN bal SET DEFAULT 600;
--- case q_view_option
ALTER VIEW app.rich SET (security_barrier = true);
--- case q_view_owner
ALTER VIEW joined OWNER TO r1;
--- case q_matview_rename
ALTER MATERIALIZED VIEW sums RENAME TO totals;
--- case q_matview_index
CREATE INDEX ON sums (n);
--- case q_matview_cluster
CLUSTER sums USING sums_acc_idx;
--- case q_matview_set
ALTER MATERIALIZED VIEW sums SET (fillfactor = 90);
--- case q_matview_vacuum
VACUUM ANALYZE sums;
--- case q_drop_column_viewed
ALTER TABLE app.acc DROP COLUMN owner;
--- case q_drop_column_viewed_cascade
ALTER TABLE app.acc DROP COLUMN bal CASCADE;
--- case q_alter_type_viewed
ALTER TABLE app.acc ALTER COLUMN bal TYPE bigint;
--- case q_alter_type_trigger_column
ALTER TABLE app.acc ALTER COLUMN owner TYPE varchar(200);
--- case q_drop_table_viewed_cascade
DROP TABLE app.acc CASCADE;
--- case q_drop_schema
DROP SCHEMA app;
--- case q_drop_schema_cascade
DROP SCHEMA app CASCADE;
--- case q_rename_schema
ALTER SCHEMA app RENAME TO application;
--- case q_set_schema_serial
ALTER TABLE log SET SCHEMA app;
--- case q_set_schema_sequence
ALTER SEQUENCE app.seq SET SCHEMA public;
--- case q_sequence_owned
ALTER SEQUENCE app.seq OWNED BY log.id;
--- case q_sequence_as
ALTER SEQUENCE app.seq AS smallint;
--- case q_sequence_logged
ALTER SEQUENCE app.seq SET UNLOGGED;
--- case q_sequence_create_temp
CREATE TEMP SEQUENCE ts;
--- case q_sequence_drop
DROP SEQUENCE app.seq;
--- case q_drop_function_cascade
DROP FUNCTION audit() CASCADE;
--- case q_drop_trigger
DROP TRIGGER acc_audit ON app.acc;
--- case q_rename_trigger
ALTER TRIGGER acc_audit ON app.acc RENAME TO acc_audit2;
--- case q_create_trigger_when
CREATE TRIGGER t2 BEFORE INSERT OR DELETE ON log FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit();
--- case q_create_constraint_trigger
CREATE CONSTRAINT TRIGGER t3 AFTER INSERT ON log FROM app.acc DEFERRABLE FOR EACH ROW EXECUTE FUNCTION audit();
--- case q_instead_trigger
CREATE TRIGGER t4 INSTEAD OF INSERT ON joined FOR EACH ROW EXECUTE FUNCTION audit();
--- case q_create_rule_instead
CREATE RULE r2 AS ON DELETE TO joined DO INSTEAD DELETE FROM log WHERE id = old.id;
--- case q_drop_rule
DROP RULE stage_ins ON stage;
--- case q_comment_rule
COMMENT ON RULE stage_ins ON stage IS 'x';
--- case q_comment_trigger
COMMENT ON TRIGGER acc_audit ON app.acc IS 'x';
--- case q_comment_view
COMMENT ON VIEW joined IS 'x';
--- case q_comment_matview_column
COMMENT ON COLUMN sums.n IS 'x';
--- case q_comment_function
COMMENT ON FUNCTION audit() IS 'x';
--- case q_grant_all_schema
GRANT ALL ON ALL TABLES IN SCHEMA app TO r1;
--- case q_grant_sequences
GRANT USAGE ON ALL SEQUENCES IN SCHEMA app TO r1;
--- case q_grant_columns
GRANT SELECT (id), UPDATE (bal) ON app.acc TO r1, r2;
--- case q_grant_schema
GRANT USAGE ON SCHEMA app TO r1;
--- case q_grant_function
GRANT EXECUTE ON FUNCTION audit() TO r1;
--- case q_revoke_cascade
REVOKE ALL ON log FROM PUBLIC CASCADE;
--- case q_default_privileges
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO r1;
--- case q_statistics
CREATE STATISTICS st (dependencies) ON acc, what FROM log;
--- case q_statistics_expression
CREATE STATISTICS st ON (bal + 1), owner FROM app.acc;
--- case q_policy_subselect
CREATE POLICY p ON log USING (acc IN (SELECT id FROM app.rich));
--- case q_publication
CREATE PUBLICATION pub FOR TABLE log, app.acc;
--- case q_publication_all
CREATE PUBLICATION pub FOR ALL TABLES;
--- case q_search_path
--- session SET search_path = app, public;
ALTER TABLE acc ADD COLUMN x int;
--- case q_search_path_create
--- session SET search_path = app;
CREATE TABLE fresh (a int REFERENCES acc);
--- case q_search_path_mixed
--- session SET search_path = nosuch, app, public;
TRUNCATE "Mixed Case", stage;
--- case q_temp_shadows
CREATE TEMP TABLE log (id int);
--- case q_create_like_generated
CREATE TABLE n (LIKE log INCLUDING DEFAULTS INCLUDING INDEXES, extra int REFERENCES app.acc);
--- case q_create_fk_two
CREATE TABLE n (a int REFERENCES app.acc, b bigint REFERENCES log, c int CHECK (c > 0));
--- case q_create_if_not_exists_fk
CREATE TABLE IF NOT EXISTS memo (a int REFERENCES app.acc);
--- case q_create_schema_elements
CREATE SCHEMA s2 CREATE TABLE t (a int) CREATE VIEW v AS SELECT a FROM t;
--- case q_do_dynamic
DO $$BEGIN EXECUTE 'ALTER TABLE log ADD COLUMN y int'; UPDATE memo SET log = NULL WHERE id = 1; END$$;
--- case q_set_unlogged_serial
ALTER TABLE app."Mixed Case" SET UNLOGGED;
--- case q_set_logged
ALTER TABLE app.cache SET LOGGED;
--- case q_tablespace_default
ALTER TABLE log SET TABLESPACE pg_default;
--- case q_matview_tablespace
ALTER MATERIALIZED VIEW sums SET TABLESPACE pg_default;
--- case q_discard_plans
DISCARD PLANS;
--- case q_security_definer
ALTER FUNCTION audit() SECURITY DEFINER SET search_path = app;
--- case q_reassign
REASSIGN OWNED BY r1 TO r2;
--- case q_event_trigger
CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION audit();
--- case q_checkpoint
CHECKPOINT;
--- case q_listen
LISTEN channel;
