-- Starts that no attempt ended are no evidence any more: jobs that were rate limited or put off have them too. What is left has
-- stalled, or failed again after two retries by hand.
UPDATE "deadletters_letter" SET "poison" = false WHERE "poison" AND coalesce("stalls", 0) = 0 AND "retries" < 2;
