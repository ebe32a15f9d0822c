-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "source" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "labels" JSONB NOT NULL DEFAULT '{}',
    "interval_ms" INTEGER NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "server_version" TEXT,
    "capabilities" JSONB NOT NULL DEFAULT '[]',
    "probed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "source_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "collection" (
    "source_id" UUID NOT NULL,
    "signal" TEXT NOT NULL,
    "interval_ms" INTEGER NOT NULL,
    "last_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "last_success_at" TIMESTAMPTZ(3),
    "blind_since" TIMESTAMPTZ(3),
    "duration_ms" INTEGER,
    "reason" TEXT,
    "message" TEXT,
    "cost" JSONB,
    "unread" JSONB NOT NULL DEFAULT '[]',
    "failures" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "collection_pkey" PRIMARY KEY ("source_id","signal")
);

-- CreateTable
CREATE TABLE "entity" (
    "source_id" UUID NOT NULL,
    "signal" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "observed_at" TIMESTAMPTZ(3) NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "entity_pkey" PRIMARY KEY ("source_id","signal","key")
);

-- CreateTable
CREATE TABLE "problem" (
    "id" BIGSERIAL NOT NULL,
    "key" TEXT NOT NULL,
    "source_id" UUID NOT NULL,
    "signal" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "entity" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "evidence" JSONB NOT NULL DEFAULT '{}',
    "href" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "last_seen" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "problem_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "action_run" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "actor_id" TEXT NOT NULL,
    "actor_login" TEXT NOT NULL,
    "idempotency_key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "source_id" UUID,
    "input" JSONB NOT NULL,
    "reason" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "fence" JSONB,
    "lease_token" UUID,
    "lease_until" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "result" JSONB,
    "error" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "action_run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "seq" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor_id" TEXT NOT NULL,
    "actor_login" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "phase" TEXT NOT NULL,
    "run_id" UUID,
    "source_name" TEXT,
    "target" TEXT NOT NULL,
    "reason" TEXT,
    "outcome" TEXT,
    "before" JSONB,
    "after" JSONB,
    "request_id" TEXT,
    "prev_hash" TEXT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "user_account" (
    "id" UUID NOT NULL,
    "login" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "roles" TEXT[],
    "password_hash" TEXT,
    "totp_secret" TEXT,
    "totp_last_step" BIGINT,
    "issuer" TEXT,
    "subject" TEXT,
    "disabled_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" TEXT NOT NULL,
    "user_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "auth_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "via" TEXT NOT NULL,
    "address" TEXT,
    "user_agent" TEXT,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_token" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "roles" TEXT[],
    "created_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "login_throttle" (
    "key" TEXT NOT NULL,
    "failures" INTEGER NOT NULL,
    "next_allowed_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "login_throttle_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "reveal_grant" (
    "id" UUID NOT NULL,
    "actor_id" TEXT NOT NULL,
    "source_id" UUID NOT NULL,
    "target" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "reveal_grant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "series" (
    "id" BIGSERIAL NOT NULL,
    "source_id" UUID NOT NULL,
    "signal" TEXT NOT NULL,
    "entity" TEXT NOT NULL,
    "metric" TEXT NOT NULL,

    CONSTRAINT "series_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "source_name_key" ON "source"("name");

-- CreateIndex
CREATE INDEX "entity_signal_idx" ON "entity"("signal");

-- CreateIndex
CREATE INDEX "problem_signal_closed_at_idx" ON "problem"("signal", "closed_at");

-- CreateIndex
CREATE INDEX "action_run_state_lease_until_idx" ON "action_run"("state", "lease_until");

-- CreateIndex
CREATE UNIQUE INDEX "action_run_actor_id_idempotency_key_key" ON "action_run"("actor_id", "idempotency_key");

-- CreateIndex
CREATE UNIQUE INDEX "audit_event_hash_key" ON "audit_event"("hash");

-- CreateIndex
CREATE INDEX "audit_event_run_id_idx" ON "audit_event"("run_id");

-- CreateIndex
CREATE INDEX "audit_event_action_seq_idx" ON "audit_event"("action", "seq");

-- CreateIndex
CREATE INDEX "audit_event_actor_login_seq_idx" ON "audit_event"("actor_login", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "user_account_login_key" ON "user_account"("login");

-- CreateIndex
CREATE UNIQUE INDEX "user_account_issuer_subject_key" ON "user_account"("issuer", "subject");

-- CreateIndex
CREATE INDEX "session_user_id_idx" ON "session"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "api_token_hash_key" ON "api_token"("hash");

-- CreateIndex
CREATE INDEX "reveal_grant_actor_id_target_idx" ON "reveal_grant"("actor_id", "target");

-- CreateIndex
CREATE UNIQUE INDEX "series_source_id_signal_entity_metric_key" ON "series"("source_id", "signal", "entity", "metric");

-- AddForeignKey
ALTER TABLE "collection" ADD CONSTRAINT "collection_source_id_fkey" FOREIGN KEY ("source_id") REFERENCES "source"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "entity" ADD CONSTRAINT "entity_source_id_fkey" FOREIGN KEY ("source_id") REFERENCES "source"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "problem" ADD CONSTRAINT "problem_source_id_fkey" FOREIGN KEY ("source_id") REFERENCES "source"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "action_run" ADD CONSTRAINT "action_run_source_id_fkey" FOREIGN KEY ("source_id") REFERENCES "source"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user_account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_created_by_fkey" FOREIGN KEY ("created_by") REFERENCES "user_account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Below: what Prisma cannot express.

-- One open problem per key and source; its history stays.
CREATE UNIQUE INDEX "problem_open_key" ON "problem"("source_id", "key") WHERE "closed_at" IS NULL;

-- Partitioned time series ---------------------------------------------------------------------------------------------

-- Which tables are partitioned by day and how long they keep rows. A signal with its own series adds a row here.
CREATE TABLE "partition_policy" (
  "parent" TEXT PRIMARY KEY,
  "keep" INTERVAL NOT NULL
);

CREATE TABLE "sample" (
  "series_id" BIGINT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "value" DOUBLE PRECISION NOT NULL,
  PRIMARY KEY ("series_id", "at")
) PARTITION BY RANGE ("at");

-- Rollups keep what is needed to merge further: an average of averages would lie.
CREATE TABLE "sample_1m" (
  "series_id" BIGINT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "count" INTEGER NOT NULL,
  "sum" DOUBLE PRECISION NOT NULL,
  "min" DOUBLE PRECISION NOT NULL,
  "max" DOUBLE PRECISION NOT NULL,
  "last" DOUBLE PRECISION NOT NULL,
  PRIMARY KEY ("series_id", "at")
) PARTITION BY RANGE ("at");

CREATE TABLE "sample_1h" (LIKE "sample_1m" INCLUDING ALL) PARTITION BY RANGE ("at");

-- How far each rollup has got; everything before `until` is final.
CREATE TABLE "rollup_progress" (
  "target" TEXT PRIMARY KEY,
  "until" TIMESTAMPTZ(3) NOT NULL
);

INSERT INTO "partition_policy" ("parent", "keep") VALUES
  ('sample', '2 days'),
  ('sample_1m', '15 days'),
  ('sample_1h', '400 days');

-- Creates the partitions of yesterday to the day after tomorrow and drops those past their keep time.
-- Returns one line per change. Serialised, so that any number of workers may call it.
CREATE FUNCTION "maintain_partitions"("now" TIMESTAMPTZ) RETURNS SETOF TEXT LANGUAGE plpgsql AS $$
DECLARE
  policy RECORD;
  child RECORD;
  day DATE;
  today DATE := ("now" AT TIME ZONE 'UTC')::DATE;
  name TEXT;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('plumbline.partitions'));
  FOR policy IN SELECT * FROM partition_policy ORDER BY parent LOOP
    FOR i IN -1..2 LOOP
      day := today + i;
      name := policy.parent || '_p' || to_char(day, 'YYYYMMDD');
      IF to_regclass(quote_ident(name)) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', name, policy.parent,
          day::TEXT || ' 00:00:00+00', (day + 1)::TEXT || ' 00:00:00+00');
        RETURN NEXT 'created ' || name;
      END IF;
    END LOOP;
    FOR child IN
      SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = quote_ident(policy.parent)::REGCLASS
    LOOP
      IF right(child.name, 8) ~ '^[0-9]{8}$' AND to_date(right(child.name, 8), 'YYYYMMDD') + 1 + policy.keep < ("now" AT TIME ZONE 'UTC') THEN
        EXECUTE format('DROP TABLE %I', child.name);
        RETURN NEXT 'dropped ' || child.name;
      END IF;
    END LOOP;
  END LOOP;
END $$;

SELECT "maintain_partitions"(now());

-- Audit: append-only ---------------------------------------------------------------------------------------------------

CREATE FUNCTION "audit_is_append_only"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_event is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER "audit_no_change" BEFORE UPDATE OR DELETE ON "audit_event" FOR EACH ROW EXECUTE FUNCTION "audit_is_append_only"();
CREATE TRIGGER "audit_no_truncate" BEFORE TRUNCATE ON "audit_event" FOR EACH STATEMENT EXECUTE FUNCTION "audit_is_append_only"();
