ALTER TABLE "api_keys" ADD COLUMN "granted_by_operator" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "oauth_clients" ADD COLUMN "granted_by_operator" boolean DEFAULT false NOT NULL;--> statement-breakpoint
-- Given by the command line to people who have not been admins since: they go on.
UPDATE "api_keys" k SET "granted_by_operator" = true FROM "users" u
WHERE u.id = k.responsible_id AND NOT u.is_admin AND k.scopes && '{credentials:verify,site:audit}'::text[] AND k.revoked_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM "audit_events" e WHERE e.action = 'user.removed_admin' AND e.result = 'allowed' AND e.target_id = u.id AND e.at >= k.created_at);--> statement-breakpoint
UPDATE "oauth_clients" c SET "granted_by_operator" = true FROM "users" u
WHERE u.id = c.responsible_id AND NOT u.is_admin AND c.scopes && '{credentials:verify,site:audit}'::text[]
  AND NOT EXISTS (SELECT 1 FROM "audit_events" e WHERE e.action = 'user.removed_admin' AND e.result = 'allowed' AND e.target_id = u.id AND e.at >= c.created_at);
