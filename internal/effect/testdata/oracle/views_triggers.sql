--- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT g, g FROM generate_series(1,1000) g;
CREATE MATERIALIZED VIEW mv AS SELECT id, a FROM t;
CREATE UNIQUE INDEX mv_id_idx ON mv (id);
CREATE VIEW v AS SELECT id, a FROM t;
CREATE VIEW v2 AS SELECT id FROM v;
--- case drop_table_cascade_views
DROP TABLE t CASCADE;
--- case create_view
CREATE VIEW nv AS SELECT id FROM t;
--- case create_or_replace_view_new
CREATE OR REPLACE VIEW nv AS SELECT id FROM t;
--- case create_or_replace_view_existing
CREATE OR REPLACE VIEW v AS SELECT id, a, 1 AS k FROM t;
--- case alter_view_rename
ALTER VIEW v RENAME TO nv;
--- case alter_view_rename_column
ALTER VIEW v RENAME COLUMN a TO aa;
--- case alter_view_set_option
ALTER VIEW v SET (security_barrier = true);
--- case alter_view_set_default
ALTER VIEW v ALTER COLUMN a SET DEFAULT 1;
--- case alter_view_owner
ALTER VIEW v OWNER TO r1;
--- case drop_view
DROP VIEW v2;
--- case drop_view_cascade
DROP VIEW v CASCADE;
--- case lock_view
LOCK TABLE v IN ACCESS EXCLUSIVE MODE;
--- case create_matview
CREATE MATERIALIZED VIEW nmv AS SELECT id FROM t;
--- case create_matview_no_data
CREATE MATERIALIZED VIEW nmv AS SELECT id FROM t WITH NO DATA;
--- case refresh_matview
REFRESH MATERIALIZED VIEW mv;
--- case refresh_matview_concurrently
REFRESH MATERIALIZED VIEW CONCURRENTLY mv;
--- case alter_matview_rename
ALTER MATERIALIZED VIEW mv RENAME TO mv2;
--- case drop_matview
DROP MATERIALIZED VIEW mv;
--- case rename_base_table
ALTER TABLE t RENAME TO t2;
--- case rename_base_column
ALTER TABLE t RENAME COLUMN a TO a2;
--- case create_rule_view
CREATE RULE rr AS ON INSERT TO v DO INSTEAD NOTHING;
--- case alter_table_add_column_under_views
ALTER TABLE t ADD COLUMN z int;
--- case grant_view
GRANT SELECT ON v TO r1;
--- case vacuum_full_matview
VACUUM FULL mv;

--- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT g, g FROM generate_series(1,1000) g;
CREATE TABLE other (id int PRIMARY KEY, v int);
INSERT INTO other SELECT g, g FROM generate_series(1,1000) g;
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
CREATE TRIGGER trg BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tf();
CREATE RULE r AS ON DELETE TO t DO ALSO NOTIFY x;
CREATE POLICY pol ON t USING (a > 0);
CREATE FUNCTION f1(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
--- case create_trigger
CREATE TRIGGER t2 AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tf();
--- case create_constraint_trigger
CREATE CONSTRAINT TRIGGER t2 AFTER INSERT ON t DEFERRABLE FOR EACH ROW EXECUTE FUNCTION tf();
--- case create_constraint_trigger_from
CREATE CONSTRAINT TRIGGER t2 AFTER INSERT ON t FROM other DEFERRABLE FOR EACH ROW EXECUTE FUNCTION tf();
--- case alter_trigger_rename
ALTER TRIGGER trg ON t RENAME TO trg2;
--- case alter_trigger_depends
ALTER TRIGGER trg ON t DEPENDS ON EXTENSION plpgsql;
--- case enable_trigger_trg
ALTER TABLE t ENABLE TRIGGER trg;
--- case enable_replica_trigger_trg
ALTER TABLE t ENABLE REPLICA TRIGGER trg;
--- case enable_always_trigger_trg
ALTER TABLE t ENABLE ALWAYS TRIGGER trg;
--- case create_rule_other
CREATE RULE r2 AS ON UPDATE TO t DO INSTEAD UPDATE other SET v = 1;
--- case disable_rule
ALTER TABLE t DISABLE RULE r;
--- case create_policy
CREATE POLICY pol2 ON t USING (true);
--- case create_policy_subselect
CREATE POLICY pol2 ON t USING (EXISTS (SELECT 1 FROM other WHERE v = a));
--- case alter_policy_rename
ALTER POLICY pol ON t RENAME TO pol3;
--- case create_function
CREATE FUNCTION nf() RETURNS int LANGUAGE sql AS 'SELECT 1';
--- case create_function_sql_body
CREATE FUNCTION nf() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM t; END;
--- case create_or_replace_trigger_function
CREATE OR REPLACE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN OLD; END$$;
--- case drop_function
DROP FUNCTION f1(int);
--- case drop_trigger_function_cascade
DROP FUNCTION tf() CASCADE;
--- case alter_function_rename
ALTER FUNCTION f1(int) RENAME TO f2;
--- case comment_function
COMMENT ON FUNCTION f1(int) IS 'x';
--- case drop_trigger_if_exists_missing
DROP TRIGGER IF EXISTS nope ON t;
--- case drop_policy_if_exists_missing
DROP POLICY IF EXISTS nope ON t;
--- case alter_function_volatility
ALTER FUNCTION f1(int) STABLE;
--- case drop_rule_cascade
DROP RULE r ON t CASCADE;

--- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT g, g FROM generate_series(1,1000) g;
CREATE TABLE other (id int PRIMARY KEY, v int);
INSERT INTO other SELECT g, g FROM generate_series(1,1000) g;
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
CREATE TRIGGER trg BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tf();
CREATE RULE r AS ON DELETE TO t DO ALSO NOTIFY x;
CREATE POLICY pol ON t USING (a > 0);
CREATE FUNCTION f1(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION etf() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$;
--- case create_event_trigger
CREATE EVENT TRIGGER et ON ddl_command_start EXECUTE FUNCTION etf();

--- setup
CREATE TABLE t (id int PRIMARY KEY, a int, g int GENERATED ALWAYS AS (a + 1) STORED, tr int, w int);
INSERT INTO t (id, a, tr, w) SELECT g, g, g, g FROM generate_series(1,1000) g;
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
CREATE TRIGGER tg BEFORE UPDATE OF tr ON t FOR EACH ROW EXECUTE FUNCTION tf();
CREATE POLICY pol ON t USING (w > 0);
--- case alter_type_generated_base_error
ALTER TABLE t ALTER COLUMN a TYPE bigint;
--- case alter_type_policy_column_error
ALTER TABLE t ALTER COLUMN w TYPE bigint;
--- case drop_column_generated_base_error
ALTER TABLE t DROP COLUMN a;

--- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT g, g FROM generate_series(1,1000) g;
CREATE MATERIALIZED VIEW mv AS SELECT id, a FROM t;
CREATE UNIQUE INDEX mv_id_idx ON mv (id);
CREATE VIEW v AS SELECT id, a FROM t;
CREATE VIEW v2 AS SELECT id FROM v;
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
--- case create_trigger_view
CREATE TRIGGER tg INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION tf();
