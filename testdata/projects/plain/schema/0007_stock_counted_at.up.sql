ALTER TABLE stock ADD COLUMN counted_at timestamptz NOT NULL DEFAULT clock_timestamp();
