-- Where the walk over a Redis' keys, which finds queues, goes on at the next collection.
CREATE TABLE "queues_walk" (
  "source_id" UUID PRIMARY KEY REFERENCES "source" ("id") ON DELETE CASCADE,
  "cursor" TEXT NOT NULL
);
