-- Decides between workers that read the same source at the same time, without their clocks: only a collection that saw the
-- newest generation is counted. `queue_look` is what the last search for queue keys on a Redis found.
CREATE TABLE "caches_state" (
  "source_id" UUID PRIMARY KEY REFERENCES "source" ("id") ON DELETE CASCADE,
  "generation" BIGINT NOT NULL,
  "queue_look" JSONB
);
