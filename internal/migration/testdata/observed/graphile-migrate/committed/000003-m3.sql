--! Previous: sha1:4568aa0a5ade3c3e3fe498af9c5defce9a5ad011
--! Hash: sha1:e219aec448105f30dc5a428bfd13b59c8c17fd86
--! Message: m3

CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$
 SELECT 1;
 SELECT 2;
$$;
SELECT 'it''s; ok', $x$;$x$, 1;
