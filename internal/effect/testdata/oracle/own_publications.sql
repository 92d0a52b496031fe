--- setup
CREATE SCHEMA app;
CREATE TABLE app."User" (id int PRIMARY KEY, a int);
CREATE TABLE log (id int PRIMARY KEY, msg text);
CREATE TABLE other (id int PRIMARY KEY, v int);
CREATE TABLE par (id int, a int);
CREATE TABLE chi () INHERITS (par);
CREATE TABLE pt (id int, a int) PARTITION BY RANGE (id);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (1000);
CREATE PUBLICATION pub FOR TABLE log, par;
CREATE PUBLICATION puball FOR ALL TABLES;
CREATE PUBLICATION pubnone;
CREATE PUBLICATION pubonly FOR TABLE ONLY par;
--- case pub_two
CREATE PUBLICATION p FOR TABLE app."User", log WITH (publish = 'insert');
--- case pub_inherit
CREATE PUBLICATION p FOR TABLE par;
--- case pub_only
CREATE PUBLICATION p FOR TABLE ONLY par;
--- case pub_partition
CREATE PUBLICATION p FOR TABLE pt1;
--- case pub_all
CREATE PUBLICATION p FOR ALL TABLES;
--- case pub_none
CREATE PUBLICATION p;
--- case pub_add
ALTER PUBLICATION pub ADD TABLE other, app."User";
--- case pub_add_inherit
ALTER PUBLICATION pubnone ADD TABLE par;
--- case pub_drop
ALTER PUBLICATION pub DROP TABLE log;
--- case pub_drop_inherit
ALTER PUBLICATION pub DROP TABLE par;
--- case pub_drop_only
ALTER PUBLICATION pubonly DROP TABLE ONLY par;
--- case pub_set
ALTER PUBLICATION pub SET TABLE other;
--- case pub_set_same
ALTER PUBLICATION pub SET TABLE log;
--- case pub_options
ALTER PUBLICATION pub SET (publish = 'insert');
--- case pub_all_options
ALTER PUBLICATION puball SET (publish = 'insert');
--- case pub_rename
ALTER PUBLICATION pub RENAME TO pub2;
--- case pub_owner
ALTER PUBLICATION pub OWNER TO CURRENT_USER;
--- case pub_drop_publication
DROP PUBLICATION pub;
--- case pub_drop_table
DROP TABLE log;
--- case pub_rename_column
ALTER TABLE log RENAME TO log2;
--- setup
CREATE SCHEMA app;
CREATE TABLE app."User" (id int PRIMARY KEY, a int);
CREATE TABLE log (id int PRIMARY KEY, msg text);
CREATE TABLE pt (id int, a int) PARTITION BY RANGE (id);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (1000);
CREATE PUBLICATION pubpt FOR TABLE pt WITH (publish_via_partition_root = true);
--- case pub13_create
CREATE PUBLICATION p FOR TABLE pt;
--- case pub13_set
ALTER PUBLICATION pubpt SET TABLE log;
--- case pub13_options
ALTER PUBLICATION pubpt SET (publish_via_partition_root = false);
--- setup
CREATE SCHEMA app;
CREATE TABLE app."User" (id int PRIMARY KEY, a int);
CREATE TABLE log (id int PRIMARY KEY, msg text);
CREATE TABLE other (id int PRIMARY KEY, msg text);
CREATE PUBLICATION pubs FOR TABLES IN SCHEMA app;
CREATE PUBLICATION pubw FOR TABLE log (id, msg) WHERE (id > 5), other;
--- case pub15_schema
CREATE PUBLICATION p FOR TABLES IN SCHEMA app, CURRENT_SCHEMA, TABLE app."User";
--- case pub15_add_schema
ALTER PUBLICATION pubw ADD TABLES IN SCHEMA public;
--- case pub15_set_schema
ALTER PUBLICATION pubw SET TABLES IN SCHEMA app;
--- case pub15_set_table
ALTER PUBLICATION pubs SET TABLE log;
--- case pub15_drop_schema
ALTER PUBLICATION pubs DROP TABLES IN SCHEMA app;
--- case pub15_set_where
ALTER PUBLICATION pubw SET TABLE log WHERE (id > 6), other;
--- case pub15_set_columns
ALTER PUBLICATION pubw SET TABLE log (id);
