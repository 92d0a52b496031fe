--- setup
CREATE TABLE par (id int PRIMARY KEY, a int);
CREATE TABLE chi (extra int) INHERITS (par);
CREATE TABLE lone (id int NOT NULL, a int, extra int);
INSERT INTO par SELECT g, g FROM generate_series(1,1000) g;
INSERT INTO chi SELECT g, g, g FROM generate_series(1001,2000) g;
INSERT INTO lone SELECT g, g, g FROM generate_series(1001,2000) g;
--- case add_column_parent
ALTER TABLE par ADD COLUMN z int;
--- case add_column_parent_only
ALTER TABLE ONLY par ADD COLUMN z int;
--- case add_column_parent_volatile
ALTER TABLE par ADD COLUMN z float8 DEFAULT random();
--- case inherit
ALTER TABLE lone INHERIT par;
--- case set_not_null_parent
ALTER TABLE par ALTER COLUMN a SET NOT NULL;
--- case add_check_parent_not_valid
ALTER TABLE par ADD CONSTRAINT k CHECK (a > 0) NOT VALID;
--- case drop_column_parent
ALTER TABLE par DROP COLUMN a;
--- case create_table_inherits
CREATE TABLE chi2 (q int) INHERITS (par);
--- case drop_child
DROP TABLE chi;
--- case drop_parent_cascade
DROP TABLE par CASCADE;
--- case select_parent
SELECT count(*) FROM par;
--- case truncate_parent_inh
TRUNCATE par;
--- case truncate_only_parent
TRUNCATE ONLY par;
--- case set_default_parent
ALTER TABLE par ALTER COLUMN a SET DEFAULT 1;
--- case set_statistics_parent
ALTER TABLE par ALTER COLUMN a SET STATISTICS 10;
--- case lock_parent
LOCK TABLE par IN SHARE MODE;
--- case create_index_inherit_parent
CREATE INDEX ON par (a);
--- case add_column_parent_default
ALTER TABLE par ADD COLUMN z int DEFAULT 3;
--- case analyze_inh_parent
ANALYZE par;
--- case rename_parent_table
ALTER TABLE par RENAME TO par2;
--- case update_parent_inh
UPDATE par SET a = 1 WHERE id = 1;
--- case vacuum_inh_parent
VACUUM par;
