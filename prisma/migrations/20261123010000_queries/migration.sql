-- What pg_stat_statements counted between two collections, and the plans of its statements.

-- One row per (database, role, query id, level) ever seen working.
CREATE TABLE "queries_statement" (
  "id" BIGSERIAL PRIMARY KEY,
  "source_id" UUID NOT NULL REFERENCES "source" ("id") ON DELETE CASCADE,
  "dbid" BIGINT NOT NULL,
  "userid" BIGINT NOT NULL,
  "queryid" BIGINT NOT NULL,
  "toplevel" BOOLEAN NOT NULL,
  "database" TEXT NOT NULL,
  "role" TEXT NOT NULL,
  -- Without literals and comments; null while the server cannot tell it.
  "text" TEXT,
  -- SELECT, UPDATE, … or UTILITY; null while the text is not known.
  "kind" TEXT,
  "truncated" BOOLEAN NOT NULL DEFAULT false,
  -- Joins the same statement across servers and major versions, where query ids differ.
  "fingerprint" TEXT,
  -- Sent by Plumbline itself: counted, never listed.
  "own" BOOLEAN NOT NULL DEFAULT false,
  "first_seen" TIMESTAMPTZ(3) NOT NULL,
  "last_seen" TIMESTAMPTZ(3) NOT NULL,
  UNIQUE ("source_id", "dbid", "userid", "queryid", "toplevel")
);
CREATE INDEX "queries_statement_last_seen" ON "queries_statement" ("last_seen");

-- Where the last collection of a source ended. `generation` decides between workers, not their clocks.
CREATE TABLE "queries_state" (
  "source_id" UUID PRIMARY KEY REFERENCES "source" ("id") ON DELETE CASCADE,
  "generation" BIGINT NOT NULL,
  "snapshot" JSONB NOT NULL
);

-- The raw counters of that collection, one row per entry.
CREATE TABLE "queries_baseline" (
  "source_id" UUID NOT NULL REFERENCES "source" ("id") ON DELETE CASCADE,
  "dbid" BIGINT NOT NULL,
  "userid" BIGINT NOT NULL,
  "queryid" BIGINT NOT NULL,
  "toplevel" BOOLEAN NOT NULL,
  "stats_since" BIGINT,
  "counters" DOUBLE PRECISION[] NOT NULL,
  PRIMARY KEY ("source_id", "dbid", "userid", "queryid", "toplevel")
) WITH (fillfactor = 70);

-- Increases per statement and minute. Times in ms, blocks in the server's block size.
CREATE TABLE "queries_delta" (
  "statement_id" BIGINT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "calls" DOUBLE PRECISION NOT NULL,
  "exec_ms" DOUBLE PRECISION NOT NULL,
  "plan_ms" DOUBLE PRECISION NOT NULL,
  "rows" DOUBLE PRECISION NOT NULL,
  "blks_hit" DOUBLE PRECISION NOT NULL,
  "blks_read" DOUBLE PRECISION NOT NULL,
  "blks_dirtied" DOUBLE PRECISION NOT NULL,
  "blks_written" DOUBLE PRECISION NOT NULL,
  "temp_read" DOUBLE PRECISION NOT NULL,
  "temp_written" DOUBLE PRECISION NOT NULL,
  -- Null while track_io_timing is off: unknown, not 0.
  "read_ms" DOUBLE PRECISION,
  "write_ms" DOUBLE PRECISION,
  "wal_bytes" DOUBLE PRECISION NOT NULL,
  "jit_ms" DOUBLE PRECISION NOT NULL,
  PRIMARY KEY ("statement_id", "at")
) PARTITION BY RANGE ("at");
-- Rows arrive in time order, so a few pages of BRIN find a window.
CREATE INDEX "queries_delta_at" ON "queries_delta" USING brin ("at") WITH (pages_per_range = 16);

CREATE TABLE "queries_delta_1h" (LIKE "queries_delta" INCLUDING ALL) PARTITION BY RANGE ("at");

-- Per database and minute: the seconds observed, and the time backends were active. `exec_ms` counts top-level statements
-- only, ours included; `own_ms` is our part of it. What `active_ms` has more than `exec_ms`, no statement explains.
CREATE TABLE "queries_database_delta" (
  "source_id" UUID NOT NULL,
  "dbid" BIGINT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "seconds" DOUBLE PRECISION NOT NULL,
  "calls" DOUBLE PRECISION NOT NULL,
  "exec_ms" DOUBLE PRECISION NOT NULL,
  "own_ms" DOUBLE PRECISION NOT NULL,
  -- Null when it could not be read for a part of the minute.
  "active_ms" DOUBLE PRECISION,
  PRIMARY KEY ("source_id", "at", "dbid")
) PARTITION BY RANGE ("at");

-- Totals since Plumbline first looked: counters for Prometheus must not shrink when partitions are dropped.
CREATE TABLE "queries_database" (
  "source_id" UUID NOT NULL REFERENCES "source" ("id") ON DELETE CASCADE,
  "dbid" BIGINT NOT NULL,
  "name" TEXT NOT NULL,
  "calls" DOUBLE PRECISION NOT NULL DEFAULT 0,
  "exec_ms" DOUBLE PRECISION NOT NULL DEFAULT 0,
  PRIMARY KEY ("source_id", "dbid")
);

-- Every plan shape a statement was seen with. `tree` is EXPLAIN (FORMAT JSON) without literals.
CREATE TABLE "queries_plan" (
  "id" BIGSERIAL PRIMARY KEY,
  "statement_id" BIGINT NOT NULL REFERENCES "queries_statement" ("id") ON DELETE CASCADE,
  "hash" TEXT NOT NULL,
  "tree" JSONB NOT NULL,
  "cost" DOUBLE PRECISION NOT NULL,
  "notes" JSONB NOT NULL,
  "server_version" TEXT,
  "first_seen" TIMESTAMPTZ(3) NOT NULL,
  -- Since when it is the plan in use; it may have been in use earlier, too.
  "current_since" TIMESTAMPTZ(3) NOT NULL,
  "last_seen" TIMESTAMPTZ(3) NOT NULL,
  UNIQUE ("statement_id", "hash")
);

-- The last attempt to plan a statement, and when the next one is due. `reason` is null when it succeeded.
CREATE TABLE "queries_plan_attempt" (
  "statement_id" BIGINT PRIMARY KEY REFERENCES "queries_statement" ("id") ON DELETE CASCADE,
  "plan_id" BIGINT REFERENCES "queries_plan" ("id") ON DELETE SET NULL,
  "reason" TEXT,
  "failures" INTEGER NOT NULL,
  -- Mean execution time when it was tried: a statement that gets much slower is planned again at once.
  "mean_ms" DOUBLE PRECISION NOT NULL,
  "tried_at" TIMESTAMPTZ(3) NOT NULL,
  "next_at" TIMESTAMPTZ(3) NOT NULL
);

INSERT INTO "partition_policy" ("parent", "keep") VALUES
  ('queries_delta', '15 days'),
  ('queries_delta_1h', '90 days'),
  ('queries_database_delta', '90 days');

SELECT "maintain_partitions"(now());

-- Finds statements by any part of their text; without the extension the search still works, only slower.
DO $$ BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX "queries_statement_text" ON "queries_statement" USING gin ("text" gin_trgm_ops);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
  RAISE NOTICE 'pg_trgm is not available: searching statements reads every text';
END $$;
