ALTER TABLE "outbox" ADD COLUMN "digest_key" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "wanted_mail" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
CREATE INDEX "outbox_digest" ON "outbox" USING btree ("digest_key","created_at") WHERE digest_key is not null;