SET lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE accounts ALTER COLUMN email SET NOT NULL;
