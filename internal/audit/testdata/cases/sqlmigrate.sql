BEGIN;
--
-- Add field kind to Post
--
ALTER TABLE "blog_post" ADD COLUMN "kind" varchar(10) DEFAULT 'x' NOT NULL;
ALTER TABLE "blog_post" ALTER COLUMN "kind" DROP DEFAULT;
COMMIT;
