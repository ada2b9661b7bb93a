DROP INDEX "api_keys_responsible";--> statement-breakpoint
CREATE INDEX "api_keys_all_unrevoked" ON "api_keys" USING btree ("created_at","id") WHERE "api_keys"."revoked_at" is null;--> statement-breakpoint
CREATE INDEX "api_keys_responsible" ON "api_keys" USING btree ("responsible_id","revoked_at");