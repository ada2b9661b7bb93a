CREATE INDEX "audit_events_actor" ON "audit_events" USING btree ("actor_id","sequence");--> statement-breakpoint
CREATE INDEX "audit_events_action" ON "audit_events" USING btree ("action","sequence");--> statement-breakpoint
CREATE INDEX "audit_events_refused" ON "audit_events" USING btree ("sequence") WHERE result = 'refused';--> statement-breakpoint
CREATE INDEX "audit_events_at" ON "audit_events" USING btree ("at","sequence");--> statement-breakpoint
CREATE INDEX "api_key_secrets_ends" ON "api_key_secrets" USING btree ("ends_at","key_id") WHERE "api_key_secrets"."ends_at" is not null;--> statement-breakpoint
CREATE INDEX "api_key_uses_all_used" ON "api_key_uses" USING btree ("used_at","key_id");--> statement-breakpoint
CREATE INDEX "api_keys_all_created" ON "api_keys" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "api_keys_all_expires" ON "api_keys" USING btree (coalesce("expires_at", '9999-12-31 00:00:00+00'::timestamptz),"id");--> statement-breakpoint
CREATE INDEX "api_keys_all_label" ON "api_keys" USING btree (lower("label") collate "C","id");--> statement-breakpoint
CREATE INDEX "api_keys_all_revoked" ON "api_keys" USING btree ("created_at","id") WHERE "api_keys"."revoked_at" is not null;--> statement-breakpoint
CREATE INDEX "api_keys_unassigned" ON "api_keys" USING btree ("created_at","id") WHERE third_party_id is null and revoked_at is null;--> statement-breakpoint
CREATE INDEX "api_keys_managing" ON "api_keys" USING btree ("created_at","id") WHERE 'keys:write' = any(scopes) and revoked_at is null;--> statement-breakpoint
CREATE INDEX "api_keys_creator" ON "api_keys" USING btree ("created_by_id","created_at","id");--> statement-breakpoint
CREATE INDEX "oauth_clients_created" ON "oauth_clients" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "oauth_clients_name_trigrams" ON "oauth_clients" USING gin (lower("name") gin_trgm_ops) WITH (fastupdate=false);--> statement-breakpoint
CREATE INDEX "users_created" ON "users" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "users_name" ON "users" USING btree (lower("name") collate "C");--> statement-breakpoint
CREATE INDEX "users_email" ON "users" USING btree ("email" collate "C");--> statement-breakpoint
CREATE INDEX "users_name_trigrams" ON "users" USING gin (lower("name") gin_trgm_ops) WITH (fastupdate=false);--> statement-breakpoint
CREATE INDEX "users_email_trigrams" ON "users" USING gin ("email" gin_trgm_ops) WITH (fastupdate=false);--> statement-breakpoint
CREATE INDEX "users_admins" ON "users" USING btree ("id") WHERE is_admin;--> statement-breakpoint
CREATE INDEX "users_disabled" ON "users" USING btree ("created_at","id") WHERE "users"."disabled_at" is not null;--> statement-breakpoint
CREATE INDEX "projects_name" ON "projects" USING btree (lower("name") collate "C");--> statement-breakpoint
CREATE INDEX "projects_name_trigrams" ON "projects" USING gin (lower("name") gin_trgm_ops) WITH (fastupdate=false);--> statement-breakpoint
CREATE INDEX "third_parties_name_everywhere" ON "third_parties" USING btree (lower("name") collate "C");