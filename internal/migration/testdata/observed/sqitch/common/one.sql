CREATE TABLE e (x int);
\ir three.sql
CREATE INDEX ie ON e (x);
