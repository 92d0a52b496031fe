--- setup
CREATE TABLE p (id int PRIMARY KEY, code int UNIQUE, v int);
INSERT INTO p SELECT g, g, g FROM generate_series(1,1000) g;
CREATE TABLE c (id int PRIMARY KEY, p_id int REFERENCES p, x int, v int);
INSERT INTO c SELECT g, g, g, g FROM generate_series(1,1000) g;
ALTER TABLE c ADD CONSTRAINT c_x_fk FOREIGN KEY (x) REFERENCES p (id) NOT VALID;
CREATE TABLE q (id int PRIMARY KEY, p_id int);
INSERT INTO q SELECT g, g FROM generate_series(1,1000) g;
--- case add_fk
ALTER TABLE q ADD CONSTRAINT q_fk FOREIGN KEY (p_id) REFERENCES p (id);
--- case add_fk_not_valid
ALTER TABLE q ADD CONSTRAINT q_fk FOREIGN KEY (p_id) REFERENCES p (id) NOT VALID;
--- case add_fk_self
ALTER TABLE q ADD CONSTRAINT q_fk FOREIGN KEY (p_id) REFERENCES q (id);
--- case drop_fk_col
ALTER TABLE c DROP COLUMN p_id;
--- case alter_constraint_deferrable
ALTER TABLE c ALTER CONSTRAINT c_p_id_fkey DEFERRABLE INITIALLY DEFERRED;
--- case drop_table_child
DROP TABLE c;
--- case drop_table_parent
DROP TABLE p;
--- case drop_table_parent_cascade
DROP TABLE p CASCADE;
--- case drop_pk_parent_cascade
ALTER TABLE p DROP CONSTRAINT p_pkey CASCADE;
--- case truncate_child
TRUNCATE c;
--- case truncate_parent
TRUNCATE p;
--- case truncate_parent_cascade
TRUNCATE p CASCADE;
--- case insert_child
INSERT INTO c VALUES (-1, 1, 1, 1);
--- case update_child_fk
UPDATE c SET p_id = 2 WHERE id = 1;
--- case update_child_nonfk
UPDATE c SET v = 2 WHERE id = 1;
--- case delete_child
DELETE FROM c WHERE id = 1;
--- case delete_parent
DELETE FROM p WHERE id = 1;
--- case update_parent_nonkey
UPDATE p SET v = 1 WHERE id = 1;
--- case create_table_references
CREATE TABLE n (id int PRIMARY KEY, p_id int REFERENCES p);
--- case alter_type_fk_parent_int_bigint
ALTER TABLE p ALTER COLUMN id TYPE bigint;
--- case rename_fk_column_parent
ALTER TABLE p RENAME COLUMN id TO pid;
--- case disable_trigger_all_parent
ALTER TABLE p DISABLE TRIGGER ALL;
--- case add_column_to_parent
ALTER TABLE p ADD COLUMN z int;
--- case parent_set_unlogged
ALTER TABLE c SET UNLOGGED;
--- case drop_schema_cascade
DROP SCHEMA public CASCADE;
--- case lock_cascade_view_none
LOCK TABLE p, c IN SHARE MODE;
--- case create_table_if_not_exists_references_existing
CREATE TABLE IF NOT EXISTS q (id int REFERENCES p);
--- case add_column_fk_not_valid_named
ALTER TABLE q ADD COLUMN z int CONSTRAINT zfk REFERENCES p (id);
--- case add_fk_and_validate_one
ALTER TABLE q ADD CONSTRAINT q_fk FOREIGN KEY (p_id) REFERENCES p (id) NOT VALID, VALIDATE CONSTRAINT q_fk;
--- case drop_column_parent_fk_cascade
ALTER TABLE p DROP COLUMN id CASCADE;
--- case drop_column_parent_unrelated
ALTER TABLE p DROP COLUMN v;
--- case set_not_null_fk_child
ALTER TABLE c ALTER COLUMN p_id SET NOT NULL;
--- case reindex_parent
REINDEX TABLE p;
--- case rename_constraint_fk
ALTER TABLE c RENAME CONSTRAINT c_p_id_fkey TO k2;
--- case drop_two_fk_tables
DROP TABLE c, p;
--- case copy_from_child
COPY c FROM STDIN;
--- case insert_child_select
INSERT INTO c SELECT -id, id, id, id FROM q;
--- case vacuum_full_parent
VACUUM FULL p;

--- setup
CREATE TABLE p (id int PRIMARY KEY, code int UNIQUE, v int);
INSERT INTO p SELECT g, g, g FROM generate_series(1,1000) g;
CREATE TABLE c (id int PRIMARY KEY, p_id int REFERENCES p, x int, v int);
INSERT INTO c SELECT g, g, g, g FROM generate_series(1,1000) g;
ALTER TABLE c ADD CONSTRAINT c_x_fk FOREIGN KEY (x) REFERENCES p (id) NOT VALID;
CREATE TABLE q (id int PRIMARY KEY, p_id int);
INSERT INTO q SELECT g, g FROM generate_series(1,1000) g;
ALTER TABLE q ADD CONSTRAINT q_ne FOREIGN KEY (p_id) REFERENCES p (id) NOT ENFORCED;
--- case alter_constraint_enforced
ALTER TABLE q ALTER CONSTRAINT q_ne ENFORCED;
