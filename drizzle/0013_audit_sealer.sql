CREATE TABLE "audit_sealer" (
	"id" integer PRIMARY KEY NOT NULL
);
--> statement-breakpoint
INSERT INTO "audit_sealer" ("id") VALUES (1);
