SET lock_timeout = '2s';

ALTER TABLE accounts ALTER COLUMN vat_number TYPE varchar(32);
