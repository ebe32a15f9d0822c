-- A canary asks four times a second for the open letters of its own redrive alone, beside any number of an earlier one.
CREATE INDEX "deadletters_letter_redrive_open" ON "deadletters_letter" ("redrive_id", "id")
  WHERE "outcome" IS NULL AND "state" IN ('retried', 'moved');

-- Children of flows are few, and a dry run counts them: they cannot be moved.
CREATE INDEX "deadletters_letter_child" ON "deadletters_letter" ("id") WHERE "parent" IS NOT NULL;
