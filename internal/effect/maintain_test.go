package effect_test

import "testing"

func TestTruncateLocksWhatItReaches(t *testing.T) {
	checkLocks(t, keys, 15, []lockRow{
		{"TRUNCATE c", "c AX, c_pkey AX"},
		{"TRUNCATE cc", "cc AX, cc_pkey AX"},
		{"TRUNCATE cc RESTART IDENTITY", "cc AX, cc_pkey AX, cc_s_seq AX"},
		{"TRUNCATE p CASCADE", "c AX, c_pkey AX, cc AX, cc_pkey AX, cd AX, p AX, p_code_key AX, p_pkey AX"},
	})
	checkLocks(t, trees, 15, []lockRow{
		{"TRUNCATE par", "chi AX, par AX, par_pkey AX"},
		{"TRUNCATE ONLY par", "par AX, par_pkey AX"},
		{"TRUNCATE pt", "pt AX, pt1 AX, pt2 AX, ptd AX"},
		{"TRUNCATE pt1", "pt1 AX"},
	})
	checkLocks(t, trees, 13, []lockRow{{"TRUNCATE pt1", "pt AS, pt1 AX"}})
}

func TestMaintenanceLocks(t *testing.T) {
	const schema = `CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE INDEX t_a ON t (a);
CREATE TABLE pt (id int, a int) PARTITION BY RANGE (id);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (1000);
CREATE INDEX pt_a ON pt (a);
CREATE VIEW v AS SELECT * FROM t;
CREATE TABLE par (id int); CREATE TABLE chi () INHERITS (par);`
	rewritten := "t AX scan+rewrite, t_a AX build, t_pkey AX build"
	checkLocks(t, schema, 15, []lockRow{
		{"ANALYZE t", "t SUX"},
		{"ANALYZE v", ""}, // skipped with a warning
		{"ANALYZE par", "chi AS, par SUX"},
		{"ANALYZE pt", "pt SUX, pt1 SUX"},
		{"VACUUM t", "t SUX"},
		{"VACUUM par", "par SUX"},
		{"VACUUM (FULL off) t", "t SUX"},
		{"VACUUM FULL t", rewritten},
		{"CLUSTER t USING t_a", rewritten},
		{"CLUSTER t USING t_a; CLUSTER", rewritten},
		{"CLUSTER", ""},
		{"CLUSTER pt USING pt_a", "pt AX, pt1 AX scan+rewrite, pt1_a_idx AX build"},
		{"LOCK v", "t AX, v AX"},
	})
	checkLocks(t, schema, 18, []lockRow{
		{"ANALYZE par", "chi SUX, par SUX"},
		{"ANALYZE ONLY par", "chi AS, par SUX"},
		{"VACUUM par", "chi SUX, par SUX"},
		{"VACUUM ONLY par", "par SUX"},
	})
}

// Rows compared with 15.18; the code is the same from 12 to 18.
func TestDetachReadsWhatReferences(t *testing.T) {
	const schema = `CREATE TABLE pt (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (1000);
CREATE TABLE c (p_id int REFERENCES pt);`
	checkLocks(t, schema, 15, []lockRow{
		{"ALTER TABLE pt DETACH PARTITION pt1", "c AX scan, pt AX, pt1 AX scan, pt1_pkey AX"},
	})
}

// In CREATE TABLE the server takes NOT VALID for granted: nothing can be invalid yet.
func TestConstraintsOfNewTablesAreValid(t *testing.T) {
	const schema = `CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE t (a int, CONSTRAINT nn CHECK (a IS NOT NULL) NOT VALID, CONSTRAINT fk FOREIGN KEY (a) REFERENCES p NOT VALID);`
	checkLocks(t, schema, 15, []lockRow{
		{"ALTER TABLE t ALTER a SET NOT NULL", "t AX"},
		{"ALTER TABLE t VALIDATE CONSTRAINT nn", "t SUX"},
	})
}
