CREATE TABLE "refused_requests" (
	"hour" timestamp (3) with time zone NOT NULL,
	"address" text NOT NULL,
	"refused" bigint NOT NULL,
	CONSTRAINT "refused_requests_hour_address_pk" PRIMARY KEY("hour","address")
);
