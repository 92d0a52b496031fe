SET lock_timeout = '2s';
ALTER TABLE /* TEMPLATE: schema */accounts ALTER COLUMN email SET NOT NULL;
