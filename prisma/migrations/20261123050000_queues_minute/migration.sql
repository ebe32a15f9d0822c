-- What the jobs of a queue did in each of its last minutes. Estimates may be fractions.
CREATE TABLE "queues_minute" (
  "source_id" UUID NOT NULL REFERENCES "source" ("id") ON DELETE CASCADE,
  -- prefix:queue
  "key" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "asked" DOUBLE PRECISION NOT NULL,
  "first" DOUBLE PRECISION NOT NULL,
  "again" DOUBLE PRECISION NOT NULL,
  "completed" DOUBLE PRECISION NOT NULL,
  "failed" DOUBLE PRECISION NOT NULL,
  "retries" DOUBLE PRECISION NOT NULL,
  "stalls" DOUBLE PRECISION NOT NULL,
  -- Failures that a second attempt may have cured.
  "network" DOUBLE PRECISION NOT NULL,
  -- Jobs that failed for good and of which nothing is left.
  "lost" DOUBLE PRECISION NOT NULL,
  -- Waits and runs, as counts in buckets that widen by a fifth.
  "waits" REAL[] NOT NULL,
  "runs" REAL[] NOT NULL,
  -- Failures by what they say, without numbers and personal data.
  "errors" JSONB NOT NULL,
  PRIMARY KEY ("source_id", "key", "at")
);

-- Queues that were found before are kept, with what is told about them from now on still unknown.
UPDATE "entity"
SET "data" = jsonb_set("data" - 'seenOptions' || '{"times": null, "retries": null, "policies": [], "findings": []}', '{cursor,open}', '[]')
WHERE "signal" = 'queues';
