ALTER TABLE items ADD CONSTRAINT items_legacy_ref_key UNIQUE (legacy_ref);
