--- setup
CREATE TABLE p (id int PRIMARY KEY);
INSERT INTO p SELECT g FROM generate_series(1,1000) g;
CREATE TABLE t (id int PRIMARY KEY, v varchar(20) CHECK (v <> 'zz'), w varchar(20), e varchar(20), p_id int REFERENCES p, u varchar(20), i int);
INSERT INTO t SELECT g, 'v'||g, 'w'||g, 'e'||g, g, 'u'||g, g FROM generate_series(1,1000) g;
CREATE INDEX t_w_idx ON t (w);
CREATE INDEX t_w_lower_idx ON t (lower(w));
CREATE INDEX t_w_part_idx ON t (id) WHERE w <> 'q';
CREATE INDEX t_e_idx ON t (id) INCLUDE (e);
ALTER TABLE t ADD CONSTRAINT t_u_key UNIQUE (u);
CREATE TABLE tt2 (id int PRIMARY KEY, ref varchar(20) CONSTRAINT tt2_ref_fk REFERENCES t (u));
INSERT INTO tt2 SELECT g, 'u'||g FROM generate_series(1,1000) g;
CREATE STATISTICS st_vw ON v, w FROM t;
CREATE INDEX t_i_idx ON t (i);
--- case alter_type_widen_checked
ALTER TABLE t ALTER COLUMN v TYPE varchar(40);
--- case alter_type_text_checked
ALTER TABLE t ALTER COLUMN v TYPE text;
--- case alter_type_widen_indexed_multi
ALTER TABLE t ALTER COLUMN w TYPE varchar(40);
--- case alter_type_text_indexed_multi
ALTER TABLE t ALTER COLUMN w TYPE text;
--- case alter_type_text_included
ALTER TABLE t ALTER COLUMN e TYPE text;
--- case alter_type_text_unique_referenced
ALTER TABLE t ALTER COLUMN u TYPE text;
--- case alter_type_widen_fk_child
ALTER TABLE tt2 ALTER COLUMN ref TYPE varchar(40);
--- case alter_type_text_fk_child
ALTER TABLE tt2 ALTER COLUMN ref TYPE text;
--- case alter_type_same
ALTER TABLE t ALTER COLUMN w TYPE varchar(20);
--- case alter_type_collate_same
ALTER TABLE t ALTER COLUMN w TYPE varchar(20) COLLATE "C";
--- case alter_type_int_bigint_indexed
ALTER TABLE t ALTER COLUMN i TYPE bigint;
--- case alter_type_int_bigint_pk
ALTER TABLE t ALTER COLUMN id TYPE bigint;
--- case alter_type_using_same_expr
ALTER TABLE t ALTER COLUMN w TYPE varchar(40) USING w;
--- case alter_type_using_fn
ALTER TABLE t ALTER COLUMN w TYPE text USING upper(w);

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x varchar(20));
INSERT INTO tt SELECT g, 'a'||g FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_varchar_20_to_varchar_40
ALTER TABLE tt ALTER COLUMN x TYPE varchar(40);
--- case type_varchar_20_to_varchar_10
ALTER TABLE tt ALTER COLUMN x TYPE varchar(10);
--- case type_varchar_20_to_varchar
ALTER TABLE tt ALTER COLUMN x TYPE varchar;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x varchar);
INSERT INTO tt SELECT g, 'a'||g FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_varchar_to_varchar_40
ALTER TABLE tt ALTER COLUMN x TYPE varchar(40);

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x text);
INSERT INTO tt SELECT g, 'a'||g FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_text_to_varchar
ALTER TABLE tt ALTER COLUMN x TYPE varchar;
--- case type_text_to_varchar_40
ALTER TABLE tt ALTER COLUMN x TYPE varchar(40);

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x char(10));
INSERT INTO tt SELECT g, 'a'||g FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_char_10_to_char_20
ALTER TABLE tt ALTER COLUMN x TYPE char(20);
--- case type_char_10_to_char_10
ALTER TABLE tt ALTER COLUMN x TYPE char(10);

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x varchar(10));
INSERT INTO tt SELECT g, 'a'||g FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_varchar_10_to_char_10
ALTER TABLE tt ALTER COLUMN x TYPE char(10);

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x numeric(10,2));
INSERT INTO tt SELECT g, g FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_numeric_10_2_to_numeric_12_2
ALTER TABLE tt ALTER COLUMN x TYPE numeric(12,2);
--- case type_numeric_10_2_to_numeric_12_4
ALTER TABLE tt ALTER COLUMN x TYPE numeric(12,4);
--- case type_numeric_10_2_to_numeric_11_3
ALTER TABLE tt ALTER COLUMN x TYPE numeric(11,3);

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x numeric);
INSERT INTO tt SELECT g, g FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_numeric_to_numeric_10_2
ALTER TABLE tt ALTER COLUMN x TYPE numeric(10,2);

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x int);
INSERT INTO tt SELECT g, g FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_int_to_bigint
ALTER TABLE tt ALTER COLUMN x TYPE bigint;
--- case type_int_to_numeric
ALTER TABLE tt ALTER COLUMN x TYPE numeric;
--- case type_int_to_text
ALTER TABLE tt ALTER COLUMN x TYPE text;
--- case type_int_to_oid
ALTER TABLE tt ALTER COLUMN x TYPE oid;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x smallint);
INSERT INTO tt SELECT g, g FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_smallint_to_int
ALTER TABLE tt ALTER COLUMN x TYPE int;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x bigint);
INSERT INTO tt SELECT g, g FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_bigint_to_int
ALTER TABLE tt ALTER COLUMN x TYPE int USING x::int;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x oid);
INSERT INTO tt SELECT g, g FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_oid_to_int
ALTER TABLE tt ALTER COLUMN x TYPE int;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x timestamp);
INSERT INTO tt SELECT g, now()+g*interval '1s' FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_timestamp_to_timestamp_3
ALTER TABLE tt ALTER COLUMN x TYPE timestamp(3);
--- case type_timestamp_to_timestamp_6
ALTER TABLE tt ALTER COLUMN x TYPE timestamp(6);
--- case type_timestamp_to_timestamptz_tz_UTC
--- session SET timezone = 'UTC';
ALTER TABLE tt ALTER COLUMN x TYPE timestamptz;
--- case type_timestamp_to_timestamptz_tz_GMT
--- session SET timezone = 'GMT';
ALTER TABLE tt ALTER COLUMN x TYPE timestamptz;
--- case type_timestamp_to_timestamptz_tz_Etc_UTC
--- session SET timezone = 'Etc/UTC';
ALTER TABLE tt ALTER COLUMN x TYPE timestamptz;
--- case type_timestamp_to_timestamptz_tz_Europe_London
--- session SET timezone = 'Europe/London';
ALTER TABLE tt ALTER COLUMN x TYPE timestamptz;
--- case type_timestamp_to_timestamptz_tz_Atlantic_Reykjavik
--- session SET timezone = 'Atlantic/Reykjavik';
ALTER TABLE tt ALTER COLUMN x TYPE timestamptz;
--- case type_timestamp_to_timestamptz_using_at_utc
ALTER TABLE tt ALTER COLUMN x TYPE timestamptz USING x AT TIME ZONE 'UTC';
--- case type_timestamp_to_timestamptz_using_at_utc_sess_utc
--- session SET timezone = 'UTC';
ALTER TABLE tt ALTER COLUMN x TYPE timestamptz USING x AT TIME ZONE 'UTC';

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x timestamptz);
INSERT INTO tt SELECT g, now()+g*interval '1s' FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_timestamptz_to_timestamp
ALTER TABLE tt ALTER COLUMN x TYPE timestamp;
--- case type_timestamptz_to_timestamp_tz_UTC
--- session SET timezone = 'UTC';
ALTER TABLE tt ALTER COLUMN x TYPE timestamp;
--- case type_timestamptz_to_timestamp_tz_Etc_UTC
--- session SET timezone = 'Etc/UTC';
ALTER TABLE tt ALTER COLUMN x TYPE timestamp;
--- case type_timestamptz_to_timestamp_tz_Europe_London
--- session SET timezone = 'Europe/London';
ALTER TABLE tt ALTER COLUMN x TYPE timestamp;
--- case type_timestamptz_to_timestamp_tz_Africa_Abidjan
--- session SET timezone = 'Africa/Abidjan';
ALTER TABLE tt ALTER COLUMN x TYPE timestamp;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x timestamp(3));
INSERT INTO tt SELECT g, now()+g*interval '1s' FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_timestamp_3_to_timestamp_6
ALTER TABLE tt ALTER COLUMN x TYPE timestamp(6);
--- case type_timestamp_3_to_timestamptz_6
ALTER TABLE tt ALTER COLUMN x TYPE timestamptz(6);
--- case type_timestamp_3_to_timestamptz
ALTER TABLE tt ALTER COLUMN x TYPE timestamptz;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x timestamp(6));
INSERT INTO tt SELECT g, now()+g*interval '1s' FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_timestamp_6_to_timestamp_3
ALTER TABLE tt ALTER COLUMN x TYPE timestamp(3);

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x timestamptz(3));
INSERT INTO tt SELECT g, now()+g*interval '1s' FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_timestamptz_3_to_timestamptz_6
ALTER TABLE tt ALTER COLUMN x TYPE timestamptz(6);

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x date);
INSERT INTO tt SELECT g, current_date+g FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_date_to_timestamp
ALTER TABLE tt ALTER COLUMN x TYPE timestamp;
--- case type_date_to_timestamptz
ALTER TABLE tt ALTER COLUMN x TYPE timestamptz;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x time(3));
INSERT INTO tt SELECT g, time '00:00'+g*interval '1s' FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_time_3_to_time_6
ALTER TABLE tt ALTER COLUMN x TYPE time(6);

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x time);
INSERT INTO tt SELECT g, time '00:00'+g*interval '1s' FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_time_to_timetz
ALTER TABLE tt ALTER COLUMN x TYPE timetz;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x interval(3));
INSERT INTO tt SELECT g, g*interval '1s' FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_interval_3_to_interval_6
ALTER TABLE tt ALTER COLUMN x TYPE interval(6);

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x interval(6));
INSERT INTO tt SELECT g, g*interval '1s' FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_interval_6_to_interval_3
ALTER TABLE tt ALTER COLUMN x TYPE interval(3);

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x interval second(3));
INSERT INTO tt SELECT g, g*interval '1s' FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_interval_second_3_to_interval
ALTER TABLE tt ALTER COLUMN x TYPE interval;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x interval);
INSERT INTO tt SELECT g, g*interval '1s' FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_interval_to_interval_second
ALTER TABLE tt ALTER COLUMN x TYPE interval second;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x interval second);
INSERT INTO tt SELECT g, g*interval '1s' FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_interval_second_to_interval_day_to_second
ALTER TABLE tt ALTER COLUMN x TYPE interval day to second;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x varbit(20));
INSERT INTO tt SELECT g, g::bit(20) FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_varbit_20_to_varbit_40
ALTER TABLE tt ALTER COLUMN x TYPE varbit(40);
--- case type_varbit_20_to_varbit
ALTER TABLE tt ALTER COLUMN x TYPE varbit;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x varbit(20));
INSERT INTO tt SELECT g, B'1' FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_varbit_20_to_varbit_10
ALTER TABLE tt ALTER COLUMN x TYPE varbit(10);

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x bit(20));
INSERT INTO tt SELECT g, g::bit(20) FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_bit_20_to_varbit_20
ALTER TABLE tt ALTER COLUMN x TYPE varbit(20);
--- case type_bit_20_to_bit_21
ALTER TABLE tt ALTER COLUMN x TYPE bit(21);

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x cidr);
INSERT INTO tt SELECT g, ('10.'||(g/250)||'.'||(g%250)||'.0/24')::cidr FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_cidr_to_inet
ALTER TABLE tt ALTER COLUMN x TYPE inet;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x uuid);
INSERT INTO tt SELECT g, md5(g::text)::uuid FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_uuid_to_text
ALTER TABLE tt ALTER COLUMN x TYPE text;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x boolean);
INSERT INTO tt SELECT g, g%2=0 FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_boolean_to_int
ALTER TABLE tt ALTER COLUMN x TYPE int USING x::int;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x bytea);
INSERT INTO tt SELECT g, 'a'::bytea FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_bytea_to_text
ALTER TABLE tt ALTER COLUMN x TYPE text USING encode(x,'escape');

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x name);
INSERT INTO tt SELECT g, 'a'||g FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_name_to_text
ALTER TABLE tt ALTER COLUMN x TYPE text;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x varchar(20)[]);
INSERT INTO tt SELECT g, array['a'] FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_varchar_20__arr_to_text_arr
ALTER TABLE tt ALTER COLUMN x TYPE text[];
--- case type_varchar_20__arr_to_varchar_40__arr
ALTER TABLE tt ALTER COLUMN x TYPE varchar(40)[];

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x varchar[]);
INSERT INTO tt SELECT g, array['a'] FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
--- case type_varchar_arr_to_text_arr
ALTER TABLE tt ALTER COLUMN x TYPE text[];

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x xml);
INSERT INTO tt SELECT g, '<a/>'::xml FROM generate_series(1,1000) g;
--- case type_xml_to_text
ALTER TABLE tt ALTER COLUMN x TYPE text;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x json);
INSERT INTO tt SELECT g, '{}'::json FROM generate_series(1,1000) g;
--- case type_json_to_jsonb
ALTER TABLE tt ALTER COLUMN x TYPE jsonb USING x::jsonb;
--- case type_json_to_text
ALTER TABLE tt ALTER COLUMN x TYPE text;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x jsonb);
INSERT INTO tt SELECT g, '{}'::jsonb FROM generate_series(1,1000) g;
--- case type_jsonb_to_json
ALTER TABLE tt ALTER COLUMN x TYPE json;
--- case type_jsonb_to_text
ALTER TABLE tt ALTER COLUMN x TYPE text;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x text);
INSERT INTO tt SELECT g, '{}' FROM generate_series(1,1000) g;
--- case type_text_to_json
ALTER TABLE tt ALTER COLUMN x TYPE json USING x::json;

--- setup
CREATE TABLE tt (id int PRIMARY KEY, x text);
INSERT INTO tt SELECT g, 'a' FROM generate_series(1,1000) g;
--- case type_text_to_xml
ALTER TABLE tt ALTER COLUMN x TYPE xml USING x::xml;

--- setup
CREATE DOMAIN dpl AS text;
CREATE DOMAIN dck AS text CHECK (VALUE <> '');
CREATE DOMAIN dvc AS varchar(20);
CREATE DOMAIN dpl2 AS dpl;
CREATE TYPE mood AS ENUM ('sad','ok');
CREATE TABLE tt (id int PRIMARY KEY, x text, xp dpl, xc dck, xv varchar(20), m mood, e text);
INSERT INTO tt SELECT g, 'x'||g, 'p'||g, 'c'||g, 'v'||g, 'ok', 'ok' FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
CREATE INDEX tt_xp_idx ON tt (xp);
CREATE INDEX tt_xc_idx ON tt (xc);
CREATE INDEX tt_xv_idx ON tt (xv);
CREATE INDEX tt_m_idx ON tt (m);
--- case type_text_to_checked_domain
ALTER TABLE tt ALTER COLUMN x TYPE dck;
--- case type_plain_domain_to_text
ALTER TABLE tt ALTER COLUMN xp TYPE text;
--- case type_checked_domain_to_text
ALTER TABLE tt ALTER COLUMN xc TYPE text;
--- case type_domain_to_nested_domain
ALTER TABLE tt ALTER COLUMN xp TYPE dpl2;
--- case type_enum_to_text
ALTER TABLE tt ALTER COLUMN m TYPE text;
--- case type_text_to_enum_using
ALTER TABLE tt ALTER COLUMN e TYPE mood USING e::mood;
--- case type_checked_domain_to_varchar
ALTER TABLE tt ALTER COLUMN xc TYPE varchar;

--- setup
CREATE EXTENSION citext;
CREATE TABLE tt (id int PRIMARY KEY, x citext, y text, z varchar(20));
INSERT INTO tt SELECT g, 'x'||g, 'y'||g, 'z'||g FROM generate_series(1,1000) g;
CREATE INDEX tt_x_idx ON tt (x);
CREATE INDEX tt_y_idx ON tt (y);
CREATE INDEX tt_z_idx ON tt (z);
--- case type_text_to_citext
ALTER TABLE tt ALTER COLUMN y TYPE citext;
--- case type_varchar20_to_citext
ALTER TABLE tt ALTER COLUMN z TYPE citext;
--- case type_citext_to_varchar
ALTER TABLE tt ALTER COLUMN x TYPE varchar;
