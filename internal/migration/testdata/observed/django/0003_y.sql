BEGIN;
--
-- Alter field email on account
--
ALTER TABLE "b_account" ALTER COLUMN "email" SET DEFAULT '';
UPDATE "b_account" SET "email" = '' WHERE "email" IS NULL; SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE "b_account" ALTER COLUMN "email" SET NOT NULL;
ALTER TABLE "b_account" ALTER COLUMN "email" DROP DEFAULT;
--
-- Raw Python operation
--
-- THIS OPERATION CANNOT BE WRITTEN AS SQL
--
-- Remove field account from invoice
--
ALTER TABLE "b_invoice" DROP COLUMN "account_id" CASCADE;
COMMIT;
