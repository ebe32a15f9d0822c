-- What capturing must remember beside what is shown.

ALTER TABLE "deadletters_letter"
  -- A failure that is known from the event stream alone does not tell its attempts.
  ALTER COLUMN "attempts" DROP NOT NULL,
  -- The entry of the event stream that told of this failure: no other failure of the job can be meant by it.
  ADD COLUMN "event_id" TEXT;

-- Running totals, for what arrived between two collections. They never shrink, also when old letters are removed.
ALTER TABLE "deadletters_queue"
  ADD COLUMN "arrived" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "lost" BIGINT NOT NULL DEFAULT 0;

-- The slow walk asks queue by queue whether what is dead here is still dead there.
CREATE INDEX "deadletters_letter_walk" ON "deadletters_letter" ("queue_id", "id") WHERE "state" = 'dead';

-- When events were missing last: a walk that began before cannot mend that.
ALTER TABLE "deadletters_queue" ADD COLUMN "gap_at" TIMESTAMPTZ(3);

-- Letters whose outcome is open are looked at page by page, in the order of their ids.
DROP INDEX "deadletters_letter_open";
CREATE INDEX "deadletters_letter_open" ON "deadletters_letter" ("queue_id", "id")
  WHERE "outcome" IS NULL AND "state" IN ('retried', 'moved');

-- The facet names the queue and goes with it: checking that twice for every failure costs a tenth of storing it.
ALTER TABLE "deadletters_letter" DROP CONSTRAINT "deadletters_letter_queue_id_fkey";
