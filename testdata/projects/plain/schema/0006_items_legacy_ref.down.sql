ALTER TABLE items DROP CONSTRAINT items_legacy_ref_key;
