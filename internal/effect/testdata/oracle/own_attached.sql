--- setup
CREATE SCHEMA app;
CREATE TABLE app."User" (id int PRIMARY KEY, a int, b text);
INSERT INTO app."User" SELECT g, g, 'x' FROM generate_series(1,1000) g;
CREATE INDEX ua ON app."User" (a);
CREATE TABLE log (id int, msg text);
INSERT INTO log SELECT g, 'x' FROM generate_series(1,1000) g;
CREATE TABLE other (id int PRIMARY KEY, v int);
INSERT INTO other SELECT g, g FROM generate_series(1,1000) g;
CREATE TABLE par (id int, a int);
CREATE TABLE chi () INHERITS (par);
CREATE TABLE pt (id int, a int) PARTITION BY RANGE (id);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (1000);
CREATE TABLE pt2 PARTITION OF pt FOR VALUES FROM (1000) TO (2000) PARTITION BY LIST (a);
CREATE TABLE pt21 PARTITION OF pt2 DEFAULT;
CREATE VIEW v AS SELECT id, a FROM app."User";
CREATE VIEW vv AS SELECT * FROM v;
CREATE MATERIALIZED VIEW mv AS SELECT id FROM app."User";
CREATE UNIQUE INDEX mv_id ON mv (id);
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
CREATE TRIGGER tg BEFORE UPDATE ON app."User" FOR EACH ROW EXECUTE FUNCTION tf();
CREATE TRIGGER ptg AFTER INSERT ON pt FOR EACH ROW EXECUTE FUNCTION tf();
CREATE POLICY pol ON app."User" USING (EXISTS (SELECT 1 FROM other WHERE v = a));
CREATE RULE r AS ON DELETE TO log DO INSTEAD NOTHING;
CREATE STATISTICS st ON a, b FROM app."User";
CREATE FUNCTION f1(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE PROCEDURE p1() LANGUAGE sql AS 'UPDATE log SET msg = msg';
CREATE TYPE mood AS ENUM ('a');
--- case trigger_statement_partitioned
CREATE TRIGGER t1 AFTER INSERT ON pt FOR EACH STATEMENT EXECUTE FUNCTION tf();
--- case trigger_row_partitioned
CREATE TRIGGER t1 AFTER INSERT ON pt FOR EACH ROW EXECUTE FUNCTION tf();
--- case trigger_row_subpartitioned
CREATE TRIGGER t1 AFTER INSERT OR DELETE ON pt2 FOR EACH ROW WHEN (true) EXECUTE FUNCTION tf();
--- case trigger_inheritance
CREATE TRIGGER t1 BEFORE INSERT ON par FOR EACH ROW EXECUTE FUNCTION tf();
--- case trigger_constraint_partitioned
CREATE CONSTRAINT TRIGGER t1 AFTER INSERT ON pt DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tf();
--- case trigger_exists
CREATE TRIGGER tg BEFORE UPDATE ON app."User" FOR EACH ROW EXECUTE FUNCTION tf();
--- case trigger_replace
CREATE OR REPLACE TRIGGER tg BEFORE UPDATE OF a ON app."User" FOR EACH ROW WHEN (OLD.b IS DISTINCT FROM NEW.b) EXECUTE FUNCTION tf();
--- case trigger_transition
CREATE TRIGGER t1 AFTER UPDATE ON log REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION tf();
--- case trigger_truncate
CREATE TRIGGER t1 BEFORE TRUNCATE ON log EXECUTE FUNCTION tf();
--- case trigger_view
CREATE TRIGGER t1 INSTEAD OF UPDATE ON vv FOR EACH ROW EXECUTE FUNCTION tf();
--- case trigger_rename_partitioned
ALTER TRIGGER ptg ON pt RENAME TO ptg2;
--- case trigger_drop_partitioned
DROP TRIGGER ptg ON pt;
--- case trigger_depends
ALTER TRIGGER tg ON app."User" DEPENDS ON EXTENSION plpgsql;
--- case index_depends
ALTER INDEX app.ua DEPENDS ON EXTENSION plpgsql;
--- case matview_depends
ALTER MATERIALIZED VIEW mv DEPENDS ON EXTENSION plpgsql;
--- case function_depends
ALTER FUNCTION f1(int) DEPENDS ON EXTENSION plpgsql;
--- case index_depends_no
ALTER INDEX app.ua NO DEPENDS ON EXTENSION plpgsql;
--- case rule_insert_select
CREATE RULE r2 AS ON INSERT TO app."User" DO ALSO INSERT INTO log SELECT NEW.id, o.v::text FROM other o WHERE o.id = NEW.id;
--- case rule_many
CREATE RULE r2 AS ON UPDATE TO app."User" WHERE NEW.a > (SELECT max(v) FROM other) DO ALSO (DELETE FROM log WHERE id = OLD.id; UPDATE pt SET a = 1 WHERE id = OLD.id);
--- case rule_replace
CREATE OR REPLACE RULE r AS ON DELETE TO log DO ALSO NOTIFY x;
--- case rule_view
CREATE RULE r2 AS ON UPDATE TO v DO INSTEAD UPDATE app."User" SET a = NEW.a WHERE id = OLD.id;
--- case rule_into_view
CREATE RULE r2 AS ON INSERT TO log DO ALSO INSERT INTO vv VALUES (NEW.id, 1);
--- case rule_self
CREATE RULE r2 AS ON INSERT TO log DO ALSO UPDATE log SET msg = 'y' WHERE id = NEW.id;
--- case rule_with
CREATE RULE r2 AS ON INSERT TO log DO ALSO INSERT INTO other WITH x AS (SELECT id FROM par FOR UPDATE) SELECT id, 1 FROM x;
--- case rule_drop
DROP RULE r ON log;
--- case rule_rename
ALTER RULE r ON log RENAME TO r3;
--- case policy_check
CREATE POLICY p2 ON app."User" FOR INSERT TO PUBLIC WITH CHECK (a IN (SELECT v FROM other));
--- case policy_view
CREATE POLICY p2 ON log USING (id IN (SELECT id FROM vv));
--- case policy_partitioned
CREATE POLICY p2 ON pt USING (true);
--- case policy_alter
ALTER POLICY pol ON app."User" USING (a > (SELECT 1 FROM pt LIMIT 1));
--- case policy_alter_role
ALTER POLICY pol ON app."User" TO CURRENT_USER;
--- case policy_drop
DROP POLICY pol ON app."User";
--- case policy_alter_true
ALTER POLICY pol ON app."User" USING (true);
--- case comment_column
COMMENT ON COLUMN app."User".a IS 'x';
--- case comment_view
COMMENT ON VIEW v IS 'x';
--- case comment_view_column
COMMENT ON COLUMN v.a IS 'x';
--- case comment_matview
COMMENT ON MATERIALIZED VIEW mv IS NULL;
--- case comment_index
COMMENT ON INDEX app.ua IS 'x';
--- case comment_partitioned
COMMENT ON TABLE pt IS 'x';
--- case comment_constraint
COMMENT ON CONSTRAINT "User_pkey" ON app."User" IS 'x';
--- case comment_trigger
COMMENT ON TRIGGER tg ON app."User" IS 'x';
--- case comment_policy
COMMENT ON POLICY pol ON app."User" IS 'x';
--- case comment_rule
COMMENT ON RULE r ON log IS 'x';
--- case comment_schema
COMMENT ON SCHEMA app IS 'x';
--- case comment_statistics
COMMENT ON STATISTICS st IS 'x';
--- case comment_type
COMMENT ON TYPE mood IS 'x';
--- case comment_function
COMMENT ON FUNCTION f1(int) IS 'x';
--- case comment_extension
COMMENT ON EXTENSION plpgsql IS 'x';
--- case comment_procedure
COMMENT ON PROCEDURE p1() IS 'x';
--- case grant_many
GRANT SELECT, UPDATE (a) ON app."User", log TO PUBLIC WITH GRANT OPTION;
--- case grant_many_all
GRANT ALL ON TABLE log, v, mv, pt TO CURRENT_USER;
--- case grant_all_tables
GRANT ALL PRIVILEGES ON ALL TABLES IN SCHEMA app, public TO PUBLIC;
--- case grant_all_sequences
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO PUBLIC;
--- case grant_all_functions
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO PUBLIC;
--- case grant_schema
GRANT USAGE ON SCHEMA app TO PUBLIC;
--- case grant_function
GRANT EXECUTE ON FUNCTION f1(int) TO PUBLIC;
--- case grant_type
GRANT USAGE ON TYPE mood TO PUBLIC;
--- case grant_language
GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC;
--- case revoke_all
REVOKE ALL ON app."User" FROM PUBLIC CASCADE;
--- case revoke_procedure
REVOKE ALL ON PROCEDURE p1() FROM PUBLIC;
--- case revoke_schema
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
--- case grant_role
GRANT pg_read_all_data TO CURRENT_USER;
--- case default_privileges
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC;
--- case default_privileges_revoke
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
--- case statistics_create
CREATE STATISTICS s2 (dependencies) ON a, b FROM app."User";
--- case statistics_exists
CREATE STATISTICS IF NOT EXISTS st ON a, b FROM app."User";
--- case statistics_exists_other
CREATE STATISTICS IF NOT EXISTS st ON id, v FROM other;
--- case statistics_expr
CREATE STATISTICS s2 ON (a + 1), b FROM app."User";
--- case statistics_unnamed
CREATE STATISTICS ON (a + 1) FROM app."User";
--- case statistics_partitioned
CREATE STATISTICS s2 ON id, a FROM pt;
--- case statistics_matview
CREATE STATISTICS s2 ON id, ctid FROM mv;
--- case statistics_target
ALTER STATISTICS st SET STATISTICS 500;
--- case statistics_rename
ALTER STATISTICS st RENAME TO st2;
--- case statistics_schema
ALTER STATISTICS st SET SCHEMA app;
--- case statistics_owner
ALTER STATISTICS st OWNER TO CURRENT_USER;
--- case statistics_drop
DROP STATISTICS st;
--- case statistics_drop_missing
DROP STATISTICS IF EXISTS nope;
--- case function_sql_read
CREATE FUNCTION f2() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM app."User"';
--- case function_sql_write
CREATE FUNCTION f2() RETURNS void LANGUAGE sql AS 'INSERT INTO log SELECT id, msg FROM log; DELETE FROM other';
--- case function_sql_view_write
CREATE FUNCTION f2() RETURNS void LANGUAGE sql AS 'UPDATE vv SET a = 2; SELECT 1 FROM other FOR UPDATE';
--- case function_sql_partitioned
CREATE FUNCTION f2() RETURNS void LANGUAGE sql AS 'DELETE FROM pt WHERE id = 1';
--- case function_sql_ddl
CREATE FUNCTION f2() RETURNS void LANGUAGE sql AS 'ALTER TABLE log ADD COLUMN z int; TRUNCATE other';
--- case function_atomic
CREATE FUNCTION f2(x int) RETURNS int LANGUAGE sql BEGIN ATOMIC UPDATE log SET msg = 'x' WHERE id = x; SELECT v FROM other WHERE id = x; END;
--- case function_return
CREATE FUNCTION f2(x int) RETURNS int RETURN (SELECT max(v) FROM other) + x;
--- case function_polymorphic
CREATE FUNCTION f2(x anyelement) RETURNS anyelement LANGUAGE sql AS 'UPDATE log SET msg = NULL; SELECT x';
--- case function_unchecked
--- session SET check_function_bodies = off;
CREATE FUNCTION f2() RETURNS bigint LANGUAGE sql AS 'DELETE FROM log; SELECT 1';
--- case function_plpgsql
CREATE FUNCTION f2() RETURNS log LANGUAGE plpgsql SECURITY DEFINER SET search_path = app AS $$DECLARE r app."User"%ROWTYPE; BEGIN UPDATE log SET id = 1; RETURN NULL; END$$;
--- case function_table_type
CREATE FUNCTION f2(u app."User", x app."User".a%TYPE) RETURNS SETOF log LANGUAGE plpgsql AS $$BEGIN RETURN; END$$;
--- case procedure_sql
CREATE OR REPLACE PROCEDURE p1() LANGUAGE sql AS 'DELETE FROM other';
--- case procedure_alter
ALTER PROCEDURE p1() SECURITY DEFINER SET search_path = app;
--- case routine_alter
ALTER ROUTINE p1() SECURITY INVOKER;
--- case aggregate
CREATE AGGREGATE agg (int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
--- case aggregate_old
CREATE AGGREGATE agg2 (basetype = int, SFUNC = int4pl, STYPE = int, INITCOND = '0');
--- case operator
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
--- case event_trigger_function
CREATE FUNCTION et() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$;
--- case operator_family
CREATE OPERATOR FAMILY fam USING btree;
--- case collation
CREATE COLLATION IF NOT EXISTS german (provider = libc, locale = 'C');
--- case ts_config
CREATE TEXT SEARCH CONFIGURATION cfg (COPY = pg_catalog.english);
--- case ts_dictionary
CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = simple);
--- case conversion
CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
--- case transform_language
CREATE OR REPLACE TRUSTED LANGUAGE plsample HANDLER plpgsql_call_handler;
--- case extension_contents
ALTER EXTENSION plpgsql ADD TABLE log;
--- case extension_contents_function
ALTER EXTENSION plpgsql ADD FUNCTION f1(int);
--- case extension_contents_view
ALTER EXTENSION plpgsql ADD VIEW v;
--- case extension_contents_type
ALTER EXTENSION plpgsql ADD TYPE mood;
--- case label
SECURITY LABEL ON TABLE log IS 'x';
