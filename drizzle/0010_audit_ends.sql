CREATE SEQUENCE "public"."audit_sealings" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_at_finite" CHECK (isfinite(at)) NOT VALID;--> statement-breakpoint
CREATE FUNCTION "audit_place"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."at" := now();
  -- A number that the sequence has not just given out was chosen.
  IF NEW."sequence" IS DISTINCT FROM currval('audit_events_sequence_seq') THEN
    NEW."sequence" := nextval('audit_events_sequence_seq');
  END IF;
  RETURN NEW;
END
$$;--> statement-breakpoint
CREATE TRIGGER "audit_events_place" BEFORE INSERT ON "audit_events" FOR EACH ROW EXECUTE FUNCTION "audit_place"();
