-- What free text finds a failure by beside what its whole group shares and the values of its own message: the frames of its stack,
-- and a message that is longer than its group's. Few texts for many letters, so an index on them stays small.
CREATE TABLE "deadletters_trace" (
  "id" SERIAL PRIMARY KEY,
  -- Of the text before it was masked.
  "hash" TEXT NOT NULL UNIQUE,
  -- In lower case, without personal data.
  "text" TEXT NOT NULL,
  -- The failure says more than is kept here.
  "cut" BOOLEAN NOT NULL
);
CREATE INDEX "deadletters_trace_cut" ON "deadletters_trace" ("id") WHERE "cut";

-- Null in letters from before: what their stacks say is not known to searches. A key to the table would be checked for every
-- failure; retention locks what it takes away instead.
ALTER TABLE "deadletters_letter" ADD COLUMN "trace_id" INTEGER;
CREATE INDEX "deadletters_letter_trace" ON "deadletters_letter" ("trace_id");

-- A group's text is what all its failures share, not the stack of the first of them.
UPDATE "deadletters_group" SET "search_text" = lower(concat_ws(E'\n', "error_class", "message", "frame"));

DO $$ BEGIN
  CREATE INDEX "deadletters_trace_text" ON "deadletters_trace" USING gin ("text" gin_trgm_ops);
EXCEPTION WHEN undefined_object THEN
  RAISE NOTICE 'pg_trgm is not available: free text over dead letters reads every row';
END $$;
