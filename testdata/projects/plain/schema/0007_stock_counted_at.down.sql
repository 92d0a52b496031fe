ALTER TABLE stock DROP COLUMN counted_at;
