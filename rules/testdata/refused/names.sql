-- names that the server chooses: a name that is wrong here would be a false alarm

CREATE TABLE u (id int PRIMARY KEY, a int UNIQUE, b int CHECK (b > 0), c int REFERENCES u);
CREATE TABLE t (LIKE u INCLUDING ALL);
ALTER TABLE t DROP CONSTRAINT t_pkey, DROP CONSTRAINT t_a_key, DROP CONSTRAINT u_b_check;

CREATE TABLE u (id int PRIMARY KEY, a int UNIQUE, b int CHECK (b > 0));
CREATE TABLE t (LIKE u INCLUDING INDEXES);
ALTER TABLE t DROP CONSTRAINT t_pkey, DROP CONSTRAINT t_a_key;

CREATE TABLE u (id int PRIMARY KEY);
CREATE TABLE t (LIKE u);
ALTER TABLE t DROP CONSTRAINT t_pkey;

CREATE TABLE u (id int PRIMARY KEY, a int UNIQUE);
CREATE TABLE t (LIKE u INCLUDING INDEXES);
INSERT INTO t (id, a) VALUES (1, 1) ON CONFLICT (a) DO NOTHING;

CREATE TABLE u (id int PRIMARY KEY, a int UNIQUE);
CREATE TABLE t (LIKE u INCLUDING INDEXES);
CREATE TABLE v (a int REFERENCES t (a), b int REFERENCES t);

CREATE TABLE p (id int PRIMARY KEY, b int CONSTRAINT k CHECK (b > 0)) PARTITION BY RANGE (id);
CREATE TABLE c PARTITION OF p FOR VALUES FROM (1) TO (2);
INSERT INTO c VALUES (1, 1) ON CONFLICT (id) DO NOTHING;

CREATE TABLE p (id int PRIMARY KEY, b int CONSTRAINT k CHECK (b > 0)) PARTITION BY RANGE (id);
CREATE TABLE c PARTITION OF p FOR VALUES FROM (1) TO (2);
CREATE TABLE t (a int REFERENCES c);

CREATE TABLE p (id int PRIMARY KEY, b int) PARTITION BY RANGE (id);
CREATE TABLE c (id int NOT NULL, b int);
ALTER TABLE p ATTACH PARTITION c FOR VALUES FROM (1) TO (2);
CREATE TABLE t (a int REFERENCES c);

CREATE TABLE p (id int PRIMARY KEY, b int) PARTITION BY RANGE (id);
CREATE TABLE c PARTITION OF p FOR VALUES FROM (1) TO (2);
ALTER TABLE p DETACH PARTITION c;
ALTER TABLE c DROP CONSTRAINT c_pkey;

CREATE TABLE p (id int PRIMARY KEY, b int) PARTITION BY RANGE (id);
CREATE TABLE c PARTITION OF p FOR VALUES FROM (1) TO (2);
ALTER TABLE p DETACH PARTITION c;
ALTER TABLE c ADD COLUMN x int, DROP COLUMN b;

CREATE TABLE u (id int PRIMARY KEY);
CREATE TABLE p (id int PRIMARY KEY, b int REFERENCES u) PARTITION BY RANGE (id);
CREATE TABLE c PARTITION OF p FOR VALUES FROM (1) TO (2);
ALTER TABLE p DETACH PARTITION c;
ALTER TABLE c DROP CONSTRAINT p_b_fkey;

CREATE TABLE t (a int);
ALTER TABLE t ADD COLUMN b int UNIQUE, ADD COLUMN c int CHECK (c > 0), ADD COLUMN d int REFERENCES t (b);
ALTER TABLE t DROP CONSTRAINT t_b_key CASCADE, DROP CONSTRAINT t_c_check;

CREATE TABLE t (a int, b int, CHECK (a > b), CHECK (a > 0 AND b > 0), CHECK (a > 0), UNIQUE (a, b), FOREIGN KEY (a, b) REFERENCES t (a, b));
ALTER TABLE t DROP CONSTRAINT t_check, DROP CONSTRAINT t_check1, DROP CONSTRAINT t_a_check, DROP CONSTRAINT t_a_b_fkey, DROP CONSTRAINT t_a_b_key;

CREATE TABLE t (a int CHECK (a > 0) CHECK (a < 9));
ALTER TABLE t DROP CONSTRAINT t_a_check, DROP CONSTRAINT t_a_check1;

CREATE TABLE t (a int, CHECK (t.a > 0));
ALTER TABLE t DROP CONSTRAINT t_a_check;

CREATE TABLE t (a int UNIQUE);
ALTER TABLE t RENAME COLUMN a TO b;
ALTER TABLE t RENAME TO u;
ALTER TABLE u DROP CONSTRAINT t_a_key;

CREATE TABLE t (a int UNIQUE);
ALTER INDEX t_a_key RENAME TO k;
ALTER TABLE t DROP CONSTRAINT k;

CREATE TABLE t (a int UNIQUE);
ALTER TABLE t RENAME CONSTRAINT t_a_key TO k;
DROP INDEX k;

CREATE TABLE t (a int);
CREATE UNIQUE INDEX i ON t (a);
ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX i;
ALTER TABLE t DROP CONSTRAINT k;

CREATE TABLE t (a int);
CREATE UNIQUE INDEX i ON t (a);
ALTER TABLE t ADD UNIQUE USING INDEX i;
ALTER TABLE t DROP CONSTRAINT i;

CREATE TABLE a_table_with_a_name_that_is_rather_long_to_be_typed (a_column_with_a_long_name_too int UNIQUE CHECK (a_column_with_a_long_name_too > 0));
ALTER TABLE a_table_with_a_name_that_is_rather_long_to_be_typed DROP CONSTRAINT a_table_with_a_name_that_is_r_a_column_with_a_long_name_too_key;

CREATE TABLE "T" ("A" int UNIQUE);
ALTER TABLE "T" DROP CONSTRAINT "T_A_key";

CREATE TABLE t (a int, EXCLUDE (a WITH =));
ALTER TABLE t DROP CONSTRAINT t_a_excl;

CREATE TABLE t (a text, EXCLUDE (lower(a) WITH =));
ALTER TABLE t DROP CONSTRAINT t_lower_excl;

CREATE TABLE t (a int, b int, PRIMARY KEY (a) INCLUDE (b), UNIQUE (b) INCLUDE (a));
ALTER TABLE t DROP CONSTRAINT t_pkey, DROP CONSTRAINT t_b_a_key;

CREATE TABLE t (a serial);
ALTER SEQUENCE t_a_seq OWNED BY NONE;
DROP TABLE t;
SELECT nextval('t_a_seq');

CREATE TABLE t (a serial);
ALTER TABLE t RENAME COLUMN a TO b;
SELECT nextval('t_a_seq');

CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME s));
SELECT nextval('s');

CREATE TABLE t (a int, b int);
CREATE INDEX ON t (a);
CREATE INDEX ON t (a);
DROP INDEX t_a_idx, t_a_idx1;

CREATE TABLE t (a text);
CREATE INDEX ON t (lower(a), upper(a));
DROP INDEX t_lower_upper_idx;

CREATE TABLE p (a int);
CREATE TABLE c (b int) INHERITS (p);
ALTER TABLE p ADD COLUMN x int;
INSERT INTO c (a, b, x) VALUES (1, 2, 3);

CREATE TABLE p (a int);
CREATE TABLE c (b int) INHERITS (p);
ALTER TABLE c NO INHERIT p;
ALTER TABLE c DROP COLUMN a;

CREATE TABLE p (a int);
CREATE TABLE c (a int, b int) INHERITS (p);
ALTER TABLE p RENAME COLUMN a TO x;
SELECT x, b FROM c;

CREATE SCHEMA s;
CREATE TABLE t (a int);
ALTER TABLE t SET SCHEMA s;
SET search_path = s, public;
INSERT INTO t VALUES (1);

CREATE TABLE t (a int);
CREATE VIEW v AS SELECT * FROM t;
ALTER TABLE t ADD COLUMN b int;
SELECT b FROM v;

CREATE TABLE t (a int);
ALTER TABLE t ADD COLUMN b int;
CREATE VIEW v AS SELECT * FROM t;
SELECT b FROM v;

CREATE TABLE t (a int);
SELECT a AS x, 1 AS y INTO u FROM t;
SELECT x, y FROM u;

CREATE TABLE t (a int);
CREATE TABLE u AS TABLE t;
SELECT a FROM u;

CREATE TABLE u (x, y) AS VALUES (1, 'a'), (2, 'b');
SELECT x, y FROM u;

CREATE TABLE u AS SELECT generate_series(1, 3) AS n, 'x'::text AS t;
SELECT n, t FROM u WHERE n = 1;

CREATE TABLE t (a int);
CREATE TABLE u AS SELECT * FROM t, generate_series(1, 3) g(n);
SELECT a, n FROM u;

CREATE TYPE pair AS (x int, y int);
CREATE TABLE t OF pair;
SELECT x, y FROM t;

CREATE TYPE pair AS (x int, y int);
CREATE TABLE t (p pair);
SELECT (p).x, (t.p).y FROM t;

CREATE TYPE pair AS (x int, y int);
CREATE TABLE t (p pair);
UPDATE t SET p.x = 1, p.y = 2 WHERE (p).x = 3;

-- from 14
CREATE TABLE t (a int[], j jsonb);
UPDATE t SET a[1] = 1, a[2] = 2 WHERE j['x'] = '1' OR j->>'k' = 'v';

CREATE TABLE t (a int);
WITH RECURSIVE r (n, m) AS (SELECT a, 1 FROM t UNION ALL SELECT n + 1, m + 1 FROM r WHERE n < 5) SELECT n, m FROM r;

CREATE TABLE t (a int);
WITH r AS (INSERT INTO t VALUES (1) RETURNING a AS b) SELECT b FROM r;

CREATE TABLE t (a int, b int);
SELECT a, sum(b) OVER w FROM t WINDOW w AS (PARTITION BY a ORDER BY b);

CREATE TABLE t (a int, b int);
SELECT r.* FROM t CROSS JOIN LATERAL (VALUES (t.a), (t.b)) AS r (v) WHERE r.v > 1;

CREATE TABLE t (a int, b int);
SELECT f.x FROM t, LATERAL (SELECT t.a + 1) AS f (x);

CREATE TABLE t (a int, b json);
SELECT e.value, e.key FROM t, json_each_text(t.b) AS e WHERE e.key = 'x';

CREATE TABLE t (a int, b json);
SELECT x.n FROM t, json_to_record(t.b) AS x (n int, s text);

CREATE TABLE t (a int, b int);
SELECT o FROM t, unnest(ARRAY[a, b]) WITH ORDINALITY AS u (v, o);

CREATE TABLE t (a int, b int);
UPDATE t AS x SET (a, b) = (SELECT y.b, y.a FROM t y WHERE y.a = x.a);

CREATE TABLE t (a int, b int);
DELETE FROM t x USING t y WHERE x.ctid < y.ctid AND x.a = y.a;

CREATE TABLE t (a int, b int);
SELECT a AS k FROM t GROUP BY k HAVING count(b) > 1 ORDER BY k, max(b);

CREATE TABLE t (a int, b int);
SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b DESC;

CREATE TABLE t (a int, b int);
SELECT t.* FROM t WHERE t IS NOT NULL;

CREATE TABLE t (a int, b int);
SELECT row_to_json(t), to_jsonb(t) FROM t;

CREATE TABLE t (a int, b int);
SELECT row_to_json(x) FROM (SELECT a, b FROM t) x;

CREATE TABLE t (a int, b int);
CREATE TABLE u (a int, c int);
SELECT a, b, c FROM t LEFT JOIN u USING (a) WHERE u.a IS NULL;

CREATE TABLE t (a int, b int);
SELECT public.t.a FROM public.t WHERE public.t.b = 1;

CREATE TABLE t (a int, "select" int, "B" int);
SELECT "select", "B" FROM t;

CREATE TABLE t (a int, b int);
EXPLAIN SELECT a FROM t WHERE b = 1;

CREATE TABLE t (a int, b int);
PREPARE q AS SELECT a FROM t WHERE b = $1;
EXECUTE q (1);

CREATE TABLE t (a int, b int);
DECLARE c CURSOR FOR SELECT a FROM t;

CREATE TABLE t (a int, b int);
COPY t (a, b) TO '/dev/null';

CREATE TABLE t (a int, b int);
COPY t (a, c) TO '/dev/null';
