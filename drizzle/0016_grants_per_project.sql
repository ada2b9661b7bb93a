DROP INDEX "oauth_grants_live";--> statement-breakpoint
ALTER TABLE "oauth_artifacts" ADD COLUMN "parent_id" text;--> statement-breakpoint
ALTER TABLE "oauth_artifacts" ADD COLUMN "resends" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "oauth_artifacts" ADD COLUMN "settled_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "oauth_clients" ADD COLUMN "hosts_told_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "oauth_clients" ADD COLUMN "untold_hosts" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "oauth_grants" ADD COLUMN "redirect_uris" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "oauth_grants_live_project" ON "oauth_grants" USING btree ("user_id","client_id",coalesce("project_id", '')) WHERE revoked_at is null;--> statement-breakpoint
-- Until now a family could do what its grant could; from now on it keeps what it was issued for.
UPDATE "oauth_artifacts" SET "scopes" = "oauth_grants"."scopes" FROM "oauth_grants" WHERE "oauth_artifacts"."grant_id" = "oauth_grants"."id" AND "oauth_artifacts"."kind" = 'Grant' AND "oauth_artifacts"."scopes" = '{}';
