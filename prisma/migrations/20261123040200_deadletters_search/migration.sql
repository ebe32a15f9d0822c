-- Searches over several states are read newest first without regard to the state.
CREATE INDEX "deadletters_letter_time" ON "deadletters_letter" ("failed_at", "id");

-- What is rare in these would otherwise be looked for letter by letter. Few values each, so they stay small.
CREATE INDEX "deadletters_letter_attempts" ON "deadletters_letter" ("attempts");
CREATE INDEX "deadletters_letter_worker" ON "deadletters_letter" ("worker");
CREATE INDEX "deadletters_letter_poison" ON "deadletters_letter" ("queue_id", "state") WHERE "poison";
CREATE INDEX "deadletters_letter_refailed" ON "deadletters_letter" ("failed_at") WHERE "retries" > 0;
