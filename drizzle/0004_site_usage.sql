CREATE TABLE "site_usage" (
	"hour" timestamp (3) with time zone PRIMARY KEY NOT NULL,
	"requests" bigint NOT NULL,
	"refused" bigint NOT NULL
);
--> statement-breakpoint
CREATE INDEX "api_key_usage_refused" ON "api_key_usage" USING btree ("hour","key_id") WHERE refused > 0;--> statement-breakpoint
INSERT INTO "site_usage" ("hour", "requests", "refused") SELECT "hour", sum("requests"), sum("refused") FROM "api_key_usage" GROUP BY "hour";
