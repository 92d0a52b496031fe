--- setup
CREATE TABLE t (id int NOT NULL, a int, b text);
INSERT INTO t SELECT g, g, 'x' || g FROM generate_series(1,1000) g;
CREATE UNIQUE INDEX t_id_uidx ON t (id);
CREATE UNIQUE INDEX t_a_uidx ON t (a);
CREATE INDEX t_b_idx ON t (b);
--- case add_column_primary_key
ALTER TABLE t ADD COLUMN z int PRIMARY KEY;
--- case add_column_serial_primary_key
ALTER TABLE t ADD COLUMN z serial PRIMARY KEY;
--- case add_unique_using_index
ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX t_a_uidx;
--- case own_unique_using_index_of_that_name
ALTER TABLE t ADD CONSTRAINT t_a_uidx UNIQUE USING INDEX t_a_uidx;
--- case add_pk_using_index_notnull_col
ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY USING INDEX t_id_uidx;
--- case add_pk_using_index_nullable_col
ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY USING INDEX t_a_uidx;
--- case add_pk_notnull_col
ALTER TABLE t ADD PRIMARY KEY (id);
--- case add_pk_nullable_col
ALTER TABLE t ADD PRIMARY KEY (a);
--- case set_not_null_with_uidx
ALTER TABLE t ALTER COLUMN a SET NOT NULL;

--- setup
CREATE TABLE t (id int PRIMARY KEY, a int, b int, CONSTRAINT a_nn CHECK (a IS NOT NULL), CONSTRAINT b_pos CHECK (b > 0));
INSERT INTO t SELECT g, g, g FROM generate_series(1,1000) g;
ALTER TABLE t ADD CONSTRAINT b_nn CHECK (b IS NOT NULL) NOT VALID;
ALTER TABLE t ADD CONSTRAINT a_small CHECK (a < 1000000) NOT VALID;
CREATE UNIQUE INDEX t_a_uidx ON t (a);
--- case set_not_null_with_valid_check
ALTER TABLE t ALTER COLUMN a SET NOT NULL;
--- case set_not_null_with_notvalid_check
ALTER TABLE t ALTER COLUMN b SET NOT NULL;
--- case set_not_null_and_drop_check
ALTER TABLE t ALTER COLUMN a SET NOT NULL, DROP CONSTRAINT a_nn;
--- case validate_check
ALTER TABLE t VALIDATE CONSTRAINT a_small;
--- case validate_already_valid
ALTER TABLE t VALIDATE CONSTRAINT b_pos;
--- case drop_check
ALTER TABLE t DROP CONSTRAINT b_pos;
--- case drop_constraint_if_exists_missing
ALTER TABLE t DROP CONSTRAINT IF EXISTS nope;
--- case rename_constraint
ALTER TABLE t RENAME CONSTRAINT b_pos TO b_pos2;
--- case rename_constraint_index
ALTER TABLE t RENAME CONSTRAINT t_pkey TO t_pk2;
--- case add_pk_replace_check_nn
ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (a);

--- setup
CREATE TABLE t (id int PRIMARY KEY, a int, b int, CONSTRAINT a_nn CHECK (a IS NOT NULL), CONSTRAINT b_pos CHECK (b > 0));
INSERT INTO t SELECT g, g, g FROM generate_series(1,1000) g;
ALTER TABLE t ADD CONSTRAINT b_nn CHECK (b IS NOT NULL) NOT VALID;
ALTER TABLE t ADD CONSTRAINT a_small CHECK (a < 1000000) NOT VALID;
CREATE UNIQUE INDEX t_a_uidx ON t (a);
ALTER TABLE t DROP CONSTRAINT t_pkey;
--- case add_pk_using_index_check_nn
ALTER TABLE t ADD CONSTRAINT t_pk PRIMARY KEY USING INDEX t_a_uidx;

--- setup
CREATE TABLE t (id int, a int);
INSERT INTO t SELECT g, g FROM generate_series(1,1000) g;
ALTER TABLE t ADD CONSTRAINT a_nn NOT NULL a NOT VALID;
ALTER TABLE t ADD CONSTRAINT id_nn NOT NULL id;
--- case set_not_null_with_notvalid_nn
ALTER TABLE t ALTER COLUMN a SET NOT NULL;
--- case add_pk_with_notvalid_nn
ALTER TABLE t ADD PRIMARY KEY (a);
--- case alter_constraint_nn_no_inherit
ALTER TABLE t ALTER CONSTRAINT id_nn NO INHERIT;
--- case drop_nn_constraint
ALTER TABLE t DROP CONSTRAINT id_nn;

--- setup
CREATE TABLE t (id int NOT NULL, a int, b text);
INSERT INTO t SELECT g, g, 'x' || g FROM generate_series(1,1000) g;
CREATE UNIQUE INDEX t_id_uidx ON t (id);
CREATE UNIQUE INDEX t_a_uidx ON t (a);
CREATE INDEX t_b_idx ON t (b);
CREATE INDEX iex ON t (lower(b));
--- case alter_index_set_statistics
ALTER INDEX iex ALTER COLUMN 1 SET STATISTICS 100;

--- setup
CREATE TABLE t (id int PRIMARY KEY, a int, g int GENERATED ALWAYS AS (a + 1) VIRTUAL);
INSERT INTO t (id, a) SELECT g, g FROM generate_series(1,1000) g;
--- case virtual_set_expression
ALTER TABLE t ALTER COLUMN g SET EXPRESSION AS (a + 2);
--- case virtual_set_not_null
ALTER TABLE t ALTER COLUMN g SET NOT NULL;
--- case virtual_add_check
ALTER TABLE t ADD CONSTRAINT k CHECK (g > 0);
--- case virtual_drop_expression
ALTER TABLE t ALTER COLUMN g DROP EXPRESSION;
--- case virtual_alter_base_type
ALTER TABLE t ALTER COLUMN a TYPE bigint;

--- setup
CREATE TABLE t (id int PRIMARY KEY, a int, CONSTRAINT a_nn CHECK (NOT (a IS NULL)));
INSERT INTO t SELECT g, g FROM generate_series(1,1000) g;
--- case own_set_not_null_with_negated_check
ALTER TABLE t ALTER COLUMN a SET NOT NULL;
