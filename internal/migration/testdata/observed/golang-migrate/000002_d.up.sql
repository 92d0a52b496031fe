CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$
 SELECT 1;
 SELECT 2;
$$;
SELECT 'it''s; ok', $x$;$x$, 1;
