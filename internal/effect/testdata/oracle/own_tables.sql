--- setup
CREATE SCHEMA app;
CREATE TABLE app."User" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email varchar(100) UNIQUE, age int CHECK (age > 0), note text, created timestamptz DEFAULT now());
INSERT INTO app."User" (email, age, note) SELECT 'u' || g, g, 'n' FROM generate_series(1,1000) g;
CREATE INDEX user_note_idx ON app."User" (note) WHERE note <> '';
CREATE INDEX user_lower_idx ON app."User" (lower(email));
CREATE TABLE orders (id serial PRIMARY KEY, user_id bigint NOT NULL REFERENCES app."User" ON DELETE CASCADE, total numeric(10,2) NOT NULL DEFAULT 0, state text);
INSERT INTO orders (user_id, total) SELECT g, g FROM generate_series(1,1000) g;
CREATE TABLE items (id int PRIMARY KEY, order_id int CONSTRAINT items_order REFERENCES orders (id), qty int, parent int REFERENCES items);
INSERT INTO items SELECT g, g, 1, g FROM generate_series(1,1000) g;
CREATE VIEW app.v AS SELECT id, email FROM app."User";
CREATE VIEW app.vv AS SELECT email FROM app.v;
CREATE MATERIALIZED VIEW mv AS SELECT user_id, sum(total) AS s FROM orders GROUP BY user_id;
CREATE UNIQUE INDEX mv_u ON mv (user_id);
CREATE TEMP TABLE tmp (id int PRIMARY KEY, v text);
CREATE DOMAIN app.named AS text DEFAULT 'x';
CREATE TABLE vacant (id int PRIMARY KEY, n int);
CREATE TABLE vacant_child () INHERITS (vacant);
CREATE TABLE vacant_parts (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE vacant_part PARTITION OF vacant_parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
--- case own_add_two_actions
ALTER TABLE app."User" ADD COLUMN a int, ALTER COLUMN age SET STATISTICS 500;
--- case own_statistics_only
ALTER TABLE app."User" ALTER COLUMN age SET STATISTICS 500, SET (fillfactor = 80);
--- case own_widen_unique
ALTER TABLE app."User" ALTER COLUMN email TYPE varchar(200);
--- case own_text_view
ALTER TABLE app."User" ALTER COLUMN email TYPE text;
--- case own_age_bigint
ALTER TABLE app."User" ALTER COLUMN age TYPE bigint;
--- case own_age_same
ALTER TABLE app."User" ALTER COLUMN age TYPE integer;
--- case own_note_varchar
ALTER TABLE app."User" ALTER COLUMN note TYPE varchar;
--- case own_two_types
ALTER TABLE app."User" ALTER COLUMN age TYPE bigint, ALTER COLUMN note TYPE varchar(10);
--- case own_drop_email
ALTER TABLE app."User" DROP COLUMN email;
--- case own_drop_email_cascade
ALTER TABLE app."User" DROP COLUMN email CASCADE;
--- case own_drop_note
ALTER TABLE app."User" DROP COLUMN note;
--- case own_drop_age_and_created
ALTER TABLE app."User" DROP COLUMN age, DROP COLUMN created;
--- case own_drop_fk_column
ALTER TABLE orders DROP COLUMN user_id;
--- case own_drop_fk_column_cascade
ALTER TABLE orders DROP COLUMN user_id CASCADE;
--- case own_drop_self_fk_column
ALTER TABLE items DROP COLUMN parent;
--- case own_drop_referenced_pk_cascade
ALTER TABLE orders DROP CONSTRAINT orders_pkey CASCADE;
--- case own_drop_pk_column_cascade
ALTER TABLE orders DROP COLUMN id CASCADE;
--- case own_drop_check
ALTER TABLE app."User" DROP CONSTRAINT "User_age_check";
--- case own_drop_unique
ALTER TABLE app."User" DROP CONSTRAINT "User_email_key";
--- case own_drop_fk
ALTER TABLE items DROP CONSTRAINT items_order;
--- case own_drop_constraint_missing
ALTER TABLE items DROP CONSTRAINT IF EXISTS nope;
--- case own_add_column_check_ref
ALTER TABLE items ADD COLUMN o2 int CHECK (o2 > 0) REFERENCES orders;
--- case own_add_column_default_ref
ALTER TABLE items ADD COLUMN o2 int DEFAULT 1 REFERENCES orders (id);
--- case own_add_column_default_null_ref
ALTER TABLE items ADD COLUMN o2 int DEFAULT NULL REFERENCES orders (id);
--- case own_add_column_two_refs
ALTER TABLE items ADD COLUMN o2 int REFERENCES orders, ADD COLUMN u bigint REFERENCES app."User";
--- case own_add_column_then_fk
ALTER TABLE items ADD COLUMN o2 int, ADD FOREIGN KEY (o2) REFERENCES orders;
--- case own_add_fk_multi
ALTER TABLE items ADD FOREIGN KEY (qty) REFERENCES orders (id), ADD CHECK (qty > 0);
--- case own_add_fk_not_valid_and_check_not_valid
ALTER TABLE items ADD FOREIGN KEY (qty) REFERENCES orders (id) NOT VALID, ADD CHECK (qty > 0) NOT VALID;
--- case own_set_not_null_two
ALTER TABLE items ALTER COLUMN order_id SET NOT NULL, ALTER COLUMN qty SET NOT NULL;
--- case own_set_not_null_default
ALTER TABLE items ALTER COLUMN qty SET DEFAULT 1, ALTER COLUMN qty SET NOT NULL;
--- case own_add_pk_using_volatile
ALTER TABLE items ADD COLUMN u uuid DEFAULT md5(random()::text)::uuid;
--- case own_add_column_case_default
ALTER TABLE items ADD COLUMN u text DEFAULT CASE WHEN random() > 0.5 THEN 'a' ELSE 'b' END;
--- case own_add_column_stable_function
ALTER TABLE items ADD COLUMN u timestamp DEFAULT timezone('utc', now());
--- case own_add_column_session_user
ALTER TABLE items ADD COLUMN u text DEFAULT upper(session_user);
--- case own_add_column_negative
ALTER TABLE items ADD COLUMN u int NOT NULL DEFAULT -1;
--- case own_add_column_array
ALTER TABLE items ADD COLUMN u int[] NOT NULL DEFAULT ARRAY[1,2];
--- case own_add_column_interval
ALTER TABLE items ADD COLUMN u timestamptz DEFAULT now() + interval '1 day';
--- case own_add_column_clock
ALTER TABLE items ADD COLUMN u timestamptz DEFAULT clock_timestamp() + interval '1 day';
--- case own_add_column_serial_not_exists
ALTER TABLE items ADD COLUMN IF NOT EXISTS s smallserial;
--- case own_add_column_unique_not_null
ALTER TABLE items ADD COLUMN u int UNIQUE CHECK (u > 0);
--- case own_rename_schema_table
ALTER TABLE app."User" RENAME TO users;
--- case own_rename_column_view
ALTER TABLE app."User" RENAME COLUMN email TO mail;
--- case own_rename_if_exists
ALTER TABLE IF EXISTS nope RENAME TO nope2;
--- case own_alter_if_exists
ALTER TABLE IF EXISTS nope ADD COLUMN a int;
--- case own_set_schema_seq
ALTER TABLE orders SET SCHEMA app;
--- case own_owner_seq
ALTER TABLE orders OWNER TO pg_monitor;
--- case own_unlogged_seq
ALTER TABLE items SET UNLOGGED;
--- case own_unlogged_referenced
ALTER TABLE orders SET UNLOGGED;
--- case own_replica_identity_index
ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_pkey;
--- case own_replica_identity_nothing
ALTER TABLE orders REPLICA IDENTITY NOTHING;
--- case own_cluster_on_pkey
ALTER TABLE orders CLUSTER ON orders_pkey;
--- case own_without_cluster
ALTER TABLE orders SET WITHOUT CLUSTER;
--- case own_force_rls
ALTER TABLE orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
--- case own_disable_trigger_user
ALTER TABLE orders DISABLE TRIGGER USER;
--- case own_trigger_and_check
ALTER TABLE orders DISABLE TRIGGER USER, ADD CHECK (total >= 0) NOT VALID;
--- case own_storage_external
ALTER TABLE app."User" ALTER COLUMN note SET STORAGE EXTERNAL;
--- case own_n_distinct
ALTER TABLE app."User" ALTER COLUMN note SET (n_distinct = -0.5);
--- case own_identity_restart
ALTER TABLE app."User" ALTER COLUMN id RESTART WITH 5000;
--- case own_identity_by_default
ALTER TABLE app."User" ALTER COLUMN id SET GENERATED BY DEFAULT;
--- case own_identity_drop
ALTER TABLE app."User" ALTER COLUMN id DROP IDENTITY;
--- case own_identity_add
ALTER TABLE items ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY;
--- case own_serial_drop_default
ALTER TABLE orders ALTER COLUMN id DROP DEFAULT;
--- case own_validate_check
ALTER TABLE app."User" VALIDATE CONSTRAINT "User_age_check";
--- case own_alter_deferrable
ALTER TABLE items ALTER CONSTRAINT items_order DEFERRABLE INITIALLY DEFERRED;
--- case own_drop_table_middle_cascade
DROP TABLE orders CASCADE;
--- case own_drop_table_leaf
DROP TABLE items;
--- case own_drop_two
DROP TABLE items, orders CASCADE;
--- case own_drop_user_cascade
DROP TABLE app."User" CASCADE;
--- case own_drop_schema_cascade
DROP SCHEMA app CASCADE;
--- case own_drop_view_restrict
DROP VIEW app.v;
--- case own_drop_view_both
DROP VIEW app.vv, app.v;
--- case own_drop_matview
DROP MATERIALIZED VIEW mv;
--- case own_drop_if_exists_two
DROP TABLE IF EXISTS nope, items;
--- case own_drop_sequence_used
DROP SEQUENCE orders_id_seq CASCADE;
--- case own_drop_index_schema
DROP INDEX app.user_note_idx;
--- case own_drop_index_two
DROP INDEX app.user_note_idx, app.user_lower_idx;
--- case own_index_qualified
CREATE INDEX ON app."User" (lower(note), age) INCLUDE (created);
--- case own_index_matview
CREATE INDEX ON mv (s);
--- case own_reindex_table
REINDEX TABLE app."User";
--- case own_reindex_pkey
REINDEX INDEX orders_pkey;
--- case own_reindex_mv
REINDEX TABLE mv;
--- case own_truncate_cascade
TRUNCATE orders CASCADE;
--- case own_truncate_restart
TRUNCATE items, orders RESTART IDENTITY;
--- case own_create_two_refs
CREATE TABLE n (a int REFERENCES orders, b bigint REFERENCES app."User", c int REFERENCES items);
--- case own_create_table_refs
CREATE TABLE n (a int REFERENCES orders, b bigint REFERENCES app."User", UNIQUE (a));
--- case own_create_self_ref
CREATE TABLE n (id int PRIMARY KEY, up int REFERENCES n);
--- case own_create_if_not_exists_refs
CREATE TABLE IF NOT EXISTS items (a int REFERENCES orders);
--- case own_create_like_indexes
CREATE TABLE n (LIKE app."User" INCLUDING ALL EXCLUDING INDEXES);
--- case own_create_as_join
CREATE TABLE n AS SELECT o.* FROM orders o JOIN items i ON i.order_id = o.id;
--- case own_temp_alter
ALTER TABLE tmp ADD COLUMN x int DEFAULT 5;
--- case own_alter_view_owner
ALTER VIEW app.v OWNER TO CURRENT_USER;
--- case own_alter_view_rename
ALTER VIEW app.v RENAME TO v9;
--- case own_alter_view_default
ALTER VIEW app.v ALTER COLUMN email SET DEFAULT 'x';
--- case own_alter_view_barrier
ALTER VIEW app.v SET (security_barrier = true);
--- case own_alter_table_on_view
ALTER TABLE app.v RENAME TO v9;
--- case own_mv_rename_column
ALTER MATERIALIZED VIEW mv RENAME COLUMN s TO s2;
--- case own_mv_set
ALTER MATERIALIZED VIEW mv SET (fillfactor = 70);
--- case own_mv_cluster
ALTER MATERIALIZED VIEW mv CLUSTER ON mv_u;
--- case own_seq_owner
ALTER SEQUENCE orders_id_seq OWNER TO CURRENT_USER;
--- case own_seq_restart
ALTER SEQUENCE orders_id_seq RESTART;
--- case own_toast_options
ALTER TABLE orders SET (toast.autovacuum_enabled = off, autovacuum_vacuum_scale_factor = 0.1);
--- case own_reset_options
ALTER TABLE orders RESET (fillfactor);
--- case own_search_path
--- session SET search_path = app, public;
ALTER TABLE "User" ADD COLUMN z int;
--- case own_search_path_create
--- session SET search_path = app;
CREATE TABLE n (x int REFERENCES public.orders);
--- case own_add_not_null_empty
ALTER TABLE vacant ADD COLUMN z int NOT NULL;
--- case own_add_not_null_default_null_empty
ALTER TABLE vacant ADD COLUMN z int NOT NULL DEFAULT NULL;
--- case own_add_not_null_default_empty
ALTER TABLE vacant ADD COLUMN z int NOT NULL DEFAULT 1;
--- case own_add_not_null_domain_default_empty
ALTER TABLE vacant ADD COLUMN z app.named NOT NULL;
--- case own_add_not_null_references_empty
ALTER TABLE vacant ADD COLUMN z bigint NOT NULL REFERENCES app."User", DROP COLUMN n;
--- case own_add_not_null_only_empty
ALTER TABLE ONLY vacant_child ADD COLUMN z int NOT NULL;
--- case own_add_not_null_partitioned_empty
ALTER TABLE vacant_parts ADD COLUMN z int NOT NULL;
--- case own_add_primary_key_empty
ALTER TABLE vacant_child ADD COLUMN z int PRIMARY KEY;
