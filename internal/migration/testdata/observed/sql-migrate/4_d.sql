-- c
-- +migrate Up
-- +migrate StatementBegin
CREATE FUNCTION g() RETURNS int LANGUAGE sql AS $$
 SELECT 1;
 SELECT 2;
$$;
-- +migrate StatementEnd
SELECT 'it''s; ok', $x$;$x$, 1;
