ALTER TABLE "sessions" ADD COLUMN "id_since" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "role_since" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "memberships" ADD COLUMN "role_since" timestamp (3) with time zone DEFAULT now() NOT NULL;