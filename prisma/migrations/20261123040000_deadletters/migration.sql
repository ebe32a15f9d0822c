-- Dead letters: a durable shadow of every failed job. Redis stays the authority for execution; this remembers what failed, why,
-- and what was done about it, also when the queue itself forgets.

-- One row per queue whose failures are captured, with how far capturing has got.
CREATE TABLE "deadletters_queue" (
  "id" SERIAL PRIMARY KEY,
  "source_id" UUID NOT NULL REFERENCES "source" ("id") ON DELETE CASCADE,
  -- `prefix:name`.
  "key" TEXT NOT NULL,
  -- Score of the newest failure read from the failed set; failures are read again from a little before it.
  "watermark" TEXT,
  -- The last entry read from the event stream.
  "event_id" TEXT,
  -- Where the slow walk over the whole failed set goes on; null = it starts anew.
  "reconcile_cursor" TEXT,
  -- When that walk last reached its end.
  "reconciled_at" TIMESTAMPTZ(3),
  -- Events were trimmed before they were read; null once a whole walk has repaired what could be.
  "gap_since" TIMESTAMPTZ(3),
  "gaps" INTEGER NOT NULL DEFAULT 0,
  "captured_at" TIMESTAMPTZ(3),
  UNIQUE ("source_id", "key")
);

-- Failures with the same cause: error class, normalised message and first in-app frame. `version` is that of the rule, so that
-- a better rule makes new groups and leaves the old ones where they are.
CREATE TABLE "deadletters_group" (
  "id" SERIAL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "fingerprint" TEXT NOT NULL,
  "error_class" TEXT NOT NULL,
  -- Numbers, ids, quoted text and the like replaced by placeholders.
  "message" TEXT NOT NULL,
  "frame" TEXT,
  -- timeout, network, … : one of a fixed few, for metrics.
  "reason_class" TEXT NOT NULL,
  -- What free text searches besides the variable parts of each message: class, message and stack of a sample, without personal data.
  "search_text" TEXT NOT NULL,
  "first_seen" TIMESTAMPTZ(3) NOT NULL,
  "last_seen" TIMESTAMPTZ(3) NOT NULL,
  UNIQUE ("version", "fingerprint")
);

-- Queue, job name and group: what most searches name. Few rows, so that such searches become a handful of index ranges.
CREATE TABLE "deadletters_facet" (
  "id" SERIAL PRIMARY KEY,
  "queue_id" INTEGER NOT NULL REFERENCES "deadletters_queue" ("id") ON DELETE CASCADE,
  "group_id" INTEGER NOT NULL REFERENCES "deadletters_group" ("id"),
  -- The job's name, with ids inside it replaced by placeholders.
  "name" TEXT NOT NULL,
  "first_seen" TIMESTAMPTZ(3) NOT NULL,
  "last_seen" TIMESTAMPTZ(3) NOT NULL,
  UNIQUE ("queue_id", "group_id", "name")
);
CREATE INDEX "deadletters_facet_group" ON "deadletters_facet" ("group_id");

-- One failure of one job: (queue, job, time of failure) names it.
CREATE TABLE "deadletters_letter" (
  "id" BIGSERIAL PRIMARY KEY,
  "queue_id" INTEGER NOT NULL REFERENCES "deadletters_queue" ("id") ON DELETE CASCADE,
  "facet_id" INTEGER NOT NULL REFERENCES "deadletters_facet" ("id") ON DELETE CASCADE,
  "job_id" TEXT NOT NULL,
  -- By the clock of the worker that failed it.
  "failed_at" TIMESTAMPTZ(3) NOT NULL,
  -- The same as Redis holds it: the fence of every action. Null for a tombstone, which has nothing to fence.
  "score" TEXT,
  "state" TEXT NOT NULL DEFAULT 'dead' CHECK ("state" IN
    ('dead', 'claimed', 'retried', 'moved', 'discarded', 'superseded', 'gone', 'unknown', 'lost')),
  "state_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  -- Where a claim that comes to nothing puts it back.
  "claimed_from" TEXT,
  "name" TEXT,
  -- Without personal data, shortened.
  "message" TEXT NOT NULL,
  -- The parts of the message that the group's message leaves out, for free text.
  "variables" TEXT NOT NULL DEFAULT '',
  "attempts" INTEGER NOT NULL,
  -- Starts; more than attempts = a worker died or lost the job.
  "starts" INTEGER,
  "stalls" INTEGER,
  "max_attempts" INTEGER,
  "worker" TEXT,
  -- `prefix:queue:id` of the flow's parent.
  "parent" TEXT,
  "added_at" TIMESTAMPTZ(3),
  "started_at" TIMESTAMPTZ(3),
  -- SHA-256 of the payload as Redis holds it; null when it was not stored.
  "payload_hash" TEXT,
  "payload_bytes" INTEGER,
  -- Hashes of `path=value` for every leaf of the payload, and of each value alone: searchable without being readable.
  "fields" BIGINT[] NOT NULL DEFAULT '{}',
  -- Seems to kill its workers: starts without an end, or stalls.
  "poison" BOOLEAN NOT NULL DEFAULT false,
  -- How often this job was retried by hand before it failed this time, and the failure before.
  "retries" INTEGER NOT NULL DEFAULT 0,
  "previous_id" BIGINT,
  -- Who holds or decided it: an action's run, or a redrive.
  "run_id" UUID,
  "redrive_id" UUID,
  "acted_by" TEXT,
  "acted_reason" TEXT,
  -- What became of a retried or moved job: completed, failed_again, unknown; null = not known yet.
  "outcome" TEXT CHECK ("outcome" IN ('completed', 'failed_again', 'unknown')),
  "outcome_at" TIMESTAMPTZ(3),
  "captured_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  UNIQUE ("queue_id", "job_id", "failed_at")
);
-- Lists are read newest first within a state: over everything, or within a few facets.
CREATE INDEX "deadletters_letter_newest" ON "deadletters_letter" ("state", "failed_at", "id");
CREATE INDEX "deadletters_letter_facet" ON "deadletters_letter" ("facet_id", "state", "failed_at", "id");
CREATE INDEX "deadletters_letter_fields" ON "deadletters_letter" USING gin ("fields");
-- Retried jobs whose outcome is still open.
CREATE INDEX "deadletters_letter_open" ON "deadletters_letter" ("queue_id", "state_at")
  WHERE "outcome" IS NULL AND "state" IN ('retried', 'moved');

CREATE INDEX "deadletters_letter_run" ON "deadletters_letter" ("run_id") WHERE "run_id" IS NOT NULL;

-- What may hold personal data, apart from what lists read. `data` is the payload byte by byte.
CREATE TABLE "deadletters_content" (
  "letter_id" BIGINT PRIMARY KEY REFERENCES "deadletters_letter" ("id") ON DELETE CASCADE,
  "data" BYTEA,
  "opts" TEXT,
  "error" TEXT,
  -- The JSON array of stacks that BullMQ keeps, one per attempt, or what was found in its place.
  "stacks" TEXT
);

-- A changed payload that a retry will use instead; the original stays in `deadletters_content`.
CREATE TABLE "deadletters_edit" (
  "letter_id" BIGINT PRIMARY KEY REFERENCES "deadletters_letter" ("id") ON DELETE CASCADE,
  "data" BYTEA NOT NULL,
  "payload_hash" TEXT NOT NULL,
  "by" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL DEFAULT now()
);

-- How many letters each facet has in each state, and how many arrived in each ten minutes. Kept by the triggers below, in the
-- transaction of every change: no list counts rows.
CREATE TABLE "deadletters_count" (
  "facet_id" INTEGER NOT NULL REFERENCES "deadletters_facet" ("id") ON DELETE CASCADE,
  "state" TEXT NOT NULL,
  "count" BIGINT NOT NULL,
  PRIMARY KEY ("facet_id", "state")
) WITH (fillfactor = 50);

CREATE TABLE "deadletters_arrival" (
  "facet_id" INTEGER NOT NULL REFERENCES "deadletters_facet" ("id") ON DELETE CASCADE,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "count" BIGINT NOT NULL,
  PRIMARY KEY ("facet_id", "at")
) WITH (fillfactor = 50);
CREATE INDEX "deadletters_arrival_at" ON "deadletters_arrival" ("at");

CREATE FUNCTION "deadletters_count_inserted"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO deadletters_count (facet_id, state, count)
    SELECT facet_id, state, count(*) FROM added GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (facet_id, state) DO UPDATE SET count = deadletters_count.count + EXCLUDED.count;
  INSERT INTO deadletters_arrival (facet_id, at, count)
    SELECT facet_id, date_bin('10 minutes', failed_at, 'epoch'), count(*) FROM added GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (facet_id, at) DO UPDATE SET count = deadletters_arrival.count + EXCLUDED.count;
  RETURN NULL;
END $$;

-- In the order of the key, so that two of these never wait for each other.
CREATE FUNCTION "deadletters_count_changed"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO deadletters_count (facet_id, state, count)
    SELECT facet_id, state, sum(n) FROM (
      SELECT facet_id, state, 1 AS n FROM added UNION ALL SELECT facet_id, state, -1 FROM removed
    ) AS moved GROUP BY 1, 2 HAVING sum(n) <> 0 ORDER BY 1, 2
    ON CONFLICT (facet_id, state) DO UPDATE SET count = deadletters_count.count + EXCLUDED.count;
  RETURN NULL;
END $$;

CREATE FUNCTION "deadletters_count_removed"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  UPDATE deadletters_count AS c SET count = c.count - gone.n
    FROM (SELECT facet_id, state, count(*) AS n FROM removed GROUP BY 1, 2 ORDER BY 1, 2) AS gone
    WHERE c.facet_id = gone.facet_id AND c.state = gone.state;
  RETURN NULL;
END $$;

CREATE TRIGGER "deadletters_inserted" AFTER INSERT ON "deadletters_letter" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION "deadletters_count_inserted"();
CREATE TRIGGER "deadletters_changed" AFTER UPDATE ON "deadletters_letter" REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION "deadletters_count_changed"();
CREATE TRIGGER "deadletters_removed" AFTER DELETE ON "deadletters_letter" REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION "deadletters_count_removed"();

-- A bulk retry. `query` and the numbers are as somebody confirmed them; which letters it covers is frozen in its items.
CREATE TABLE "deadletters_redrive" (
  "id" UUID PRIMARY KEY,
  "queue_id" INTEGER NOT NULL REFERENCES "deadletters_queue" ("id") ON DELETE CASCADE,
  -- Named after the incident.
  "name" TEXT NOT NULL,
  "query" TEXT NOT NULL,
  -- Key of another queue of the same source; null = back into their own.
  "target" TEXT,
  "reset_attempts" BOOLEAN NOT NULL DEFAULT false,
  -- Letters per second.
  "rate" INTEGER NOT NULL,
  -- So many first; the rest waits for what becomes of them. 0 = none.
  "canary" INTEGER NOT NULL,
  -- It stops by itself when more than this share of those with a known outcome failed again.
  "stop_ratio" DOUBLE PRECISION NOT NULL,
  "state" TEXT NOT NULL CHECK ("state" IN ('running', 'canary', 'paused', 'held', 'completed', 'stopped', 'cancelled')),
  -- Why it is held or stopped, or what keeps it from going on right now, in one sentence.
  "note" TEXT,
  -- What it is held for: only a breaker lets it go on by itself.
  "held_for" TEXT CHECK ("held_for" IN ('canary', 'breaker', 'queue')),
  -- The first ones did well, or a person said to go on without knowing.
  "passed_canary" BOOLEAN NOT NULL,
  -- A person said to go on although the breaker is open.
  "ignores_breaker" BOOLEAN NOT NULL DEFAULT false,
  "reason" TEXT NOT NULL,
  "actor_id" TEXT NOT NULL,
  "actor_login" TEXT NOT NULL,
  "run_id" UUID NOT NULL,
  "total" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  "started_at" TIMESTAMPTZ(3),
  -- When what it had under way was recorded: a moment after its state says that it is over.
  "finished_at" TIMESTAMPTZ(3),
  "heartbeat_at" TIMESTAMPTZ(3),
  -- When the last letters were sent, and how many per second over the minute before.
  "sent_at" TIMESTAMPTZ(3),
  "rate_now" DOUBLE PRECISION,
  "lease_token" UUID,
  "lease_until" TIMESTAMPTZ(3),
  -- How often it was leased: what a worker sends names the number, so that one that lost its lease cannot act any more.
  "leases" INTEGER NOT NULL DEFAULT 0
);
-- One at a time per queue, whoever starts it.
CREATE UNIQUE INDEX "deadletters_redrive_active" ON "deadletters_redrive" ("queue_id")
  WHERE "state" IN ('running', 'canary', 'paused', 'held');
CREATE INDEX "deadletters_redrive_newest" ON "deadletters_redrive" ("created_at", "id");
CREATE INDEX "deadletters_redrive_unfinished" ON "deadletters_redrive" ("created_at") WHERE "finished_at" IS NULL;
-- What became last of the letters of a redrive.
CREATE INDEX "deadletters_letter_redrive" ON "deadletters_letter" ("redrive_id", "outcome_at")
  WHERE "redrive_id" IS NOT NULL AND "outcome" IS NOT NULL;

CREATE TABLE "deadletters_redrive_item" (
  "redrive_id" UUID NOT NULL REFERENCES "deadletters_redrive" ("id") ON DELETE CASCADE,
  -- Oldest failure first.
  "seq" INTEGER NOT NULL,
  "letter_id" BIGINT NOT NULL,
  -- skipped: the letter was not dead any more when its turn came.
  "state" TEXT NOT NULL DEFAULT 'pending' CHECK ("state" IN
    ('pending', 'claimed', 'retried', 'moved', 'superseded', 'gone', 'unknown', 'skipped')),
  PRIMARY KEY ("redrive_id", "seq")
);
CREATE INDEX "deadletters_redrive_item_letter" ON "deadletters_redrive_item" ("letter_id");

-- How many items of a redrive are in each state, and what became of its letters; kept by the triggers below, like the counts above.
CREATE TABLE "deadletters_redrive_count" (
  "redrive_id" UUID NOT NULL REFERENCES "deadletters_redrive" ("id") ON DELETE CASCADE,
  "of" TEXT NOT NULL CHECK ("of" IN ('item', 'outcome')),
  "value" TEXT NOT NULL,
  "count" BIGINT NOT NULL,
  PRIMARY KEY ("redrive_id", "of", "value")
) WITH (fillfactor = 50);

CREATE FUNCTION "deadletters_redrive_item_inserted"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO deadletters_redrive_count (redrive_id, "of", value, count)
    SELECT redrive_id, 'item', state, count(*) FROM added GROUP BY 1, 3 ORDER BY 1, 3
    ON CONFLICT (redrive_id, "of", value) DO UPDATE SET count = deadletters_redrive_count.count + EXCLUDED.count;
  RETURN NULL;
END $$;

CREATE FUNCTION "deadletters_redrive_item_changed"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO deadletters_redrive_count (redrive_id, "of", value, count)
    SELECT redrive_id, 'item', state, sum(n) FROM (
      SELECT redrive_id, state, 1 AS n FROM added UNION ALL SELECT redrive_id, state, -1 FROM removed
    ) AS moved GROUP BY 1, 3 HAVING sum(n) <> 0 ORDER BY 1, 3
    ON CONFLICT (redrive_id, "of", value) DO UPDATE SET count = deadletters_redrive_count.count + EXCLUDED.count;
  RETURN NULL;
END $$;

CREATE FUNCTION "deadletters_redrive_outcome_changed"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO deadletters_redrive_count (redrive_id, "of", value, count)
    SELECT r.id, 'outcome', moved.outcome, sum(n) FROM (
      SELECT redrive_id, outcome, 1 AS n FROM added WHERE redrive_id IS NOT NULL AND outcome IS NOT NULL
      UNION ALL SELECT redrive_id, outcome, -1 FROM removed WHERE redrive_id IS NOT NULL AND outcome IS NOT NULL
    ) AS moved JOIN deadletters_redrive r ON r.id = moved.redrive_id
    GROUP BY 1, 3 HAVING sum(n) <> 0 ORDER BY 1, 3
    ON CONFLICT (redrive_id, "of", value) DO UPDATE SET count = deadletters_redrive_count.count + EXCLUDED.count;
  RETURN NULL;
END $$;

CREATE TRIGGER "deadletters_redrive_items_inserted" AFTER INSERT ON "deadletters_redrive_item" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION "deadletters_redrive_item_inserted"();
CREATE TRIGGER "deadletters_redrive_items_changed" AFTER UPDATE ON "deadletters_redrive_item"
  REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION "deadletters_redrive_item_changed"();
CREATE TRIGGER "deadletters_redrive_outcomes_changed" AFTER UPDATE ON "deadletters_letter"
  REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION "deadletters_redrive_outcome_changed"();

-- Searches that somebody keeps under a name, for everybody.
CREATE TABLE "deadletters_view" (
  "id" UUID PRIMARY KEY,
  "name" TEXT NOT NULL UNIQUE,
  "query" TEXT NOT NULL,
  "created_by" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now()
);

-- Free text: without the extension the search still works, only slower.
DO $$ BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX "deadletters_letter_variables" ON "deadletters_letter" USING gin ("variables" gin_trgm_ops);
  CREATE INDEX "deadletters_group_text" ON "deadletters_group" USING gin ("search_text" gin_trgm_ops);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
  RAISE NOTICE 'pg_trgm is not available: free text over dead letters reads every row';
END $$;
