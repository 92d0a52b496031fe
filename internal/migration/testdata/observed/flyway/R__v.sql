CREATE OR REPLACE VIEW v AS SELECT '${flyway:timestamp}'::text AS x;
