\set owner 'ana'
BEGIN;
\i common/one.sql
INSERT INTO a VALUES (5);
COMMIT;
\ir ../common/two.sql
COMMENT ON TABLE a IS :'owner';
