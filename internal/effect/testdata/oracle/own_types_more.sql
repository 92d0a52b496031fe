--- setup
CREATE SCHEMA app;
SET search_path = app, public;
CREATE DOMAIN email AS text;
CREATE DOMAIN "Big" AS bigint CHECK (VALUE > 0);
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE DOMAIN dm AS mood;
CREATE DOMAIN dchk AS int CHECK (VALUE > 0);
CREATE DOMAIN dplain AS text;
CREATE TYPE base AS (x int, y text);
CREATE TYPE over AS (b base, z int);
CREATE TABLE t (id int PRIMARY KEY, e email, b "Big", m dm, o over);
INSERT INTO t SELECT g, 'x', g, 'a', NULL FROM generate_series(1,1000) g;
CREATE TABLE gen (id int, b "Big", c bigint);
INSERT INTO gen SELECT g, g, g FROM generate_series(1,1000) g;
CREATE TEMP TABLE tmp (e email);
INSERT INTO tmp SELECT 'x' FROM generate_series(1,1000) g;
CREATE UNLOGGED TABLE un (e email);
INSERT INTO un SELECT 'x' FROM generate_series(1,1000) g;
CREATE TYPE row2 AS (a int, b int);
CREATE TABLE typed OF row2 (a WITH OPTIONS PRIMARY KEY, b DEFAULT 3);
INSERT INTO typed SELECT g, g FROM generate_series(1,1000) g;
CREATE TABLE ref (id int REFERENCES typed);
INSERT INTO ref SELECT g FROM generate_series(1,1000) g;
CREATE INDEX typed_b ON typed (b);
CREATE INDEX typed_expr ON typed ((a + b));
CREATE TYPE row3 AS (a int, b varchar(10));
CREATE TABLE typed3 OF row3;
INSERT INTO typed3 SELECT g, 'x' FROM generate_series(1,1000) g;
CREATE INDEX typed3_b ON typed3 (b);
CREATE TABLE part (id int, e email) PARTITION BY LIST (e);
CREATE TABLE part_x PARTITION OF part FOR VALUES IN ('x');
INSERT INTO part SELECT g, 'x' FROM generate_series(1,1000) g;
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
CREATE TYPE arrcomp AS (i int);
CREATE TABLE usesarr (c arrcomp[]);
INSERT INTO usesarr SELECT NULL FROM generate_series(1,1000) g;
CREATE TYPE domcomp AS (i int);
CREATE DOMAIN dcomp AS domcomp;
CREATE TABLE usesdom (c dcomp);
INSERT INTO usesdom SELECT NULL FROM generate_series(1,1000) g;
CREATE TABLE rowt (a int, b int);
CREATE TABLE userow (r rowt);
INSERT INTO userow SELECT NULL FROM generate_series(1,1000) g;
CREATE TABLE seqs (id int, v int);
CREATE SEQUENCE "Odd Seq" OWNED BY seqs.v;
--- case more_domain_path
ALTER DOMAIN email ADD CHECK (VALUE <> '');
--- case more_domain_quoted
ALTER DOMAIN app."Big" SET NOT NULL;
--- case more_domain_enum
ALTER DOMAIN dm ADD CONSTRAINT c CHECK (VALUE <> 'b');
--- case more_domain_plain
ALTER DOMAIN dplain ADD CONSTRAINT c CHECK (VALUE <> 'b');
--- case more_nested_alter
ALTER TYPE base ALTER ATTRIBUTE x TYPE bigint;
--- case more_nested_drop
ALTER TYPE base DROP ATTRIBUTE x;
--- case more_nested_over
ALTER TYPE over ALTER ATTRIBUTE z TYPE bigint;
--- case more_array_alter
ALTER TYPE arrcomp ALTER ATTRIBUTE i TYPE bigint;
--- case more_domain_comp_alter
ALTER TYPE domcomp ALTER ATTRIBUTE i TYPE bigint;
--- case more_typed_key_type
ALTER TYPE row2 ALTER ATTRIBUTE a TYPE bigint CASCADE;
--- case more_typed_b_type
ALTER TYPE row2 ALTER ATTRIBUTE b TYPE bigint CASCADE;
--- case more_typed_drop_key
ALTER TYPE row2 DROP ATTRIBUTE a CASCADE;
--- case more_typed_drop_b
ALTER TYPE row2 DROP ATTRIBUTE b CASCADE;
--- case more_typed_add_checked_domain
ALTER TYPE row2 ADD ATTRIBUTE z dchk CASCADE;
--- case more_typed_add_plain_domain
ALTER TYPE row2 ADD ATTRIBUTE z dplain COLLATE "C" CASCADE;
--- case more_typed_two
ALTER TYPE row2 ADD ATTRIBUTE z int CASCADE, ALTER ATTRIBUTE b TYPE smallint CASCADE;
--- case more_typed_widen
ALTER TYPE row3 ALTER ATTRIBUTE b TYPE varchar(20) CASCADE;
--- case more_typed_text
ALTER TYPE row3 ALTER ATTRIBUTE b TYPE text CASCADE;
--- case more_typed_narrow
ALTER TYPE row3 ALTER ATTRIBUTE b TYPE varchar(5) CASCADE;
--- case more_typed_collate
ALTER TYPE row3 ALTER ATTRIBUTE b TYPE varchar(10) COLLATE "C" CASCADE;
--- case more_typed_drop_missing
ALTER TYPE row3 DROP ATTRIBUTE IF EXISTS nope CASCADE;
--- case more_trigger_temp
CREATE TRIGGER tg BEFORE INSERT ON tmp FOR EACH ROW EXECUTE FUNCTION tf();
--- case more_trigger_typed
CREATE TRIGGER tg BEFORE INSERT ON typed FOR EACH ROW EXECUTE FUNCTION tf();
--- case more_trigger_partition
CREATE TRIGGER tg BEFORE INSERT ON part_x FOR EACH ROW EXECUTE FUNCTION tf();
--- case more_rule_partitioned
CREATE RULE r AS ON DELETE TO part DO INSTEAD NOTHING;
--- case more_rule_update_from
CREATE RULE r AS ON INSERT TO seqs DO ALSO UPDATE gen SET c = 1 FROM ref WHERE gen.id = ref.id AND gen.id = NEW.id;
--- case more_rule_delete_using
CREATE RULE r AS ON DELETE TO seqs DO ALSO DELETE FROM part USING ref WHERE part.id = ref.id AND ref.id = OLD.id;
--- case more_policy_for
CREATE POLICY p ON seqs FOR UPDATE USING (EXISTS (SELECT FROM ref r JOIN typed t ON r.id = t.a WHERE r.id = seqs.id)) WITH CHECK (v > 0);
--- case more_enum_if_not
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'b';
--- case more_enum_after
ALTER TYPE app.mood ADD VALUE 'c' AFTER 'a';
--- case more_seq_quoted
ALTER SEQUENCE "Odd Seq" INCREMENT 2 CACHE 5;
--- case more_seq_none
ALTER SEQUENCE "Odd Seq" OWNED BY NONE;
--- case more_seq_exists
CREATE SEQUENCE "Odd Seq";
--- case more_statistics_typed
CREATE STATISTICS app.st (ndistinct, mcv) ON a, b FROM typed;
--- case more_statistics_only_parts
CREATE STATISTICS st2 ON id, e FROM part_x;
--- case more_comment_partition
COMMENT ON TABLE part_x IS 'x';
--- case more_grant_columns
GRANT SELECT (a), INSERT (a, b) ON typed TO PUBLIC;
--- case more_grant_database
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
--- case more_grant_tablespace
GRANT CREATE ON TABLESPACE pg_default TO PUBLIC;
--- case more_grant_option
REVOKE GRANT OPTION FOR SELECT ON typed FROM CURRENT_USER;
--- case more_grant_domain
GRANT USAGE ON DOMAIN email TO PUBLIC;
--- case more_function_default
CREATE FUNCTION fd(a int DEFAULT 1, VARIADIC b text[] DEFAULT '{}') RETURNS TABLE (x int, y text) STABLE LANGUAGE sql AS 'SELECT id, e FROM t';
--- case more_function_with
CREATE FUNCTION fw() RETURNS SETOF int LANGUAGE sql AS 'WITH d AS (DELETE FROM ref RETURNING id) SELECT id FROM d JOIN t USING (id) FOR SHARE OF t';
--- case more_function_merge
CREATE FUNCTION fm() RETURNS void LANGUAGE sql AS 'MERGE INTO gen USING ref ON gen.id = ref.id WHEN MATCHED THEN DELETE';
--- case more_function_conflict
CREATE FUNCTION fc() RETURNS void LANGUAGE sql AS 'INSERT INTO typed (a) SELECT id FROM ref ON CONFLICT DO NOTHING';
--- case more_function_atomic_cte
CREATE FUNCTION fa() RETURNS void LANGUAGE sql BEGIN ATOMIC WITH x AS (SELECT * FROM ref FOR UPDATE) INSERT INTO gen (id) SELECT id FROM x; END;
--- case more_procedure_atomic
CREATE PROCEDURE pa() LANGUAGE sql BEGIN ATOMIC DELETE FROM part; INSERT INTO part VALUES (1, 'x'); END;
--- case more_function_truncated
CREATE FUNCTION ft() RETURNS int LANGUAGE sql AS 'LOCK TABLE t; CREATE TABLE zz (a int); SELECT 1';
--- case more_view_trigger_rename
ALTER TABLE t RENAME CONSTRAINT t_pkey TO tp;
--- case more_create_cast
CREATE CAST (mood AS text) WITH INOUT AS ASSIGNMENT;
--- case more_row_type_column
ALTER TABLE rowt ALTER COLUMN a TYPE bigint;
--- case more_depends
ALTER FUNCTION tf() DEPENDS ON EXTENSION plpgsql;
