\set note 'all of it'
CREATE TABLE a (x int);
\ir parts/rows.sql
COMMENT ON TABLE a IS :'note';
