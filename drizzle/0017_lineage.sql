ALTER TABLE "api_keys" ADD COLUMN "parent_key_id" text;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "parent_grant_id" text;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "parent_client_id" text;--> statement-breakpoint
ALTER TABLE "oauth_clients" ADD COLUMN "parent_key_id" text;--> statement-breakpoint
ALTER TABLE "oauth_clients" ADD COLUMN "parent_grant_id" text;--> statement-breakpoint
ALTER TABLE "oauth_clients" ADD COLUMN "parent_client_id" text;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_parent_key_id_api_keys_id_fk" FOREIGN KEY ("parent_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_parent_grant_id_oauth_grants_id_fk" FOREIGN KEY ("parent_grant_id") REFERENCES "public"."oauth_grants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_parent_client_id_oauth_clients_id_fk" FOREIGN KEY ("parent_client_id") REFERENCES "public"."oauth_clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oauth_clients" ADD CONSTRAINT "oauth_clients_parent_grant_id_oauth_grants_id_fk" FOREIGN KEY ("parent_grant_id") REFERENCES "public"."oauth_grants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oauth_clients" ADD CONSTRAINT "oauth_clients_parent_client_id_oauth_clients_id_fk" FOREIGN KEY ("parent_client_id") REFERENCES "public"."oauth_clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "api_keys_parent_key" ON "api_keys" USING btree ("parent_key_id") WHERE "api_keys"."parent_key_id" is not null;--> statement-breakpoint
CREATE INDEX "api_keys_parent_grant" ON "api_keys" USING btree ("parent_grant_id") WHERE "api_keys"."parent_grant_id" is not null;--> statement-breakpoint
CREATE INDEX "api_keys_parent_client" ON "api_keys" USING btree ("parent_client_id") WHERE "api_keys"."parent_client_id" is not null;--> statement-breakpoint
CREATE INDEX "oauth_clients_parent_key" ON "oauth_clients" USING btree ("parent_key_id") WHERE "oauth_clients"."parent_key_id" is not null;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_one_parent" CHECK (num_nonnulls(parent_key_id, parent_grant_id, parent_client_id) <= 1);--> statement-breakpoint
ALTER TABLE "oauth_clients" ADD CONSTRAINT "oauth_clients_one_parent" CHECK (num_nonnulls(parent_key_id, parent_grant_id, parent_client_id) <= 1);
--> statement-breakpoint
ALTER TABLE "oauth_clients" ADD CONSTRAINT "oauth_clients_parent_key_id_api_keys_id_fk" FOREIGN KEY ("parent_key_id") REFERENCES "public"."api_keys"("id");
--> statement-breakpoint
-- Who made a key or app stands in the audit log: a key by its id, an app by its client id.
UPDATE "api_keys" AS child SET "parent_key_id" = parent."id"
FROM "audit_events" AS event, "api_keys" AS parent
WHERE event."action" = 'key.created' AND event."result" = 'allowed' AND event."target_kind" = 'key'
  AND event."target_id" = child."id" AND event."actor_kind" = 'key'
  AND parent."id" = event."actor_id" AND parent."project_id" = child."project_id" AND parent."id" <> child."id";
--> statement-breakpoint
UPDATE "oauth_clients" AS child SET "parent_key_id" = parent."id"
FROM "audit_events" AS event, "api_keys" AS parent
WHERE event."action" = 'app.registered' AND event."result" = 'allowed' AND event."target_kind" = 'app'
  AND event."target_id" = child."id" AND event."actor_kind" = 'key'
  AND parent."id" = event."actor_id" AND parent."project_id" = child."project_id";
--> statement-breakpoint
-- The log names the app and not the grant. It was the person's latest grant to that app which had been given by then,
-- rather one for this project. If none is left, the key keeps no parent.
UPDATE "api_keys" AS child SET "parent_grant_id" = (
  SELECT "grant"."id" FROM "oauth_grants" AS "grant"
  WHERE "grant"."client_id" = event."actor_id" AND "grant"."user_id" = child."created_by_id"
    AND "grant"."granted_at" <= child."created_at"
  ORDER BY ("grant"."project_id" = child."project_id") DESC NULLS LAST, "grant"."granted_at" DESC, "grant"."id" LIMIT 1)
FROM "audit_events" AS event
WHERE event."action" = 'key.created' AND event."result" = 'allowed' AND event."target_kind" = 'key'
  AND event."target_id" = child."id" AND event."actor_kind" = 'app' AND event."actor_name" LIKE '% (for %)';
--> statement-breakpoint
UPDATE "oauth_clients" AS child SET "parent_grant_id" = (
  SELECT "grant"."id" FROM "oauth_grants" AS "grant"
  WHERE "grant"."client_id" = event."actor_id" AND "grant"."user_id" = child."created_by_id"
    AND "grant"."granted_at" <= child."created_at"
  ORDER BY ("grant"."project_id" = child."project_id") DESC NULLS LAST, "grant"."granted_at" DESC, "grant"."id" LIMIT 1)
FROM "audit_events" AS event
WHERE event."action" = 'app.registered' AND event."result" = 'allowed' AND event."target_kind" = 'app'
  AND event."target_id" = child."id" AND event."actor_kind" = 'app' AND event."actor_name" LIKE '% (for %)';
--> statement-breakpoint
-- An app that acted for nobody: by a token of its own.
UPDATE "api_keys" AS child SET "parent_client_id" = client."id"
FROM "audit_events" AS event, "oauth_clients" AS client
WHERE event."action" = 'key.created' AND event."result" = 'allowed' AND event."target_kind" = 'key'
  AND event."target_id" = child."id" AND event."actor_kind" = 'app' AND event."actor_name" NOT LIKE '% (for %)'
  AND client."id" = event."actor_id" AND client."project_id" = child."project_id";
--> statement-breakpoint
UPDATE "oauth_clients" AS child SET "parent_client_id" = client."id"
FROM "audit_events" AS event, "oauth_clients" AS client
WHERE event."action" = 'app.registered' AND event."result" = 'allowed' AND event."target_kind" = 'app'
  AND event."target_id" = child."id" AND event."actor_kind" = 'app' AND event."actor_name" NOT LIKE '% (for %)'
  AND client."id" = event."actor_id" AND client."project_id" = child."project_id" AND client."id" <> child."id";
