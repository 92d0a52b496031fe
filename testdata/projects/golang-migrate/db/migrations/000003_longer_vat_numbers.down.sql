ALTER TABLE accounts ALTER COLUMN vat_number TYPE varchar(14);
