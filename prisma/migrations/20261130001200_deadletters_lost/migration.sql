-- How many of the arrivals were lost, so that the losses of a day need no letter to be counted. Nothing becomes lost later.
ALTER TABLE "deadletters_arrival" ADD COLUMN "lost" BIGINT NOT NULL DEFAULT 0;

UPDATE "deadletters_arrival" AS a SET "lost" = l.n FROM (
  SELECT "facet_id", date_bin('10 minutes', "failed_at", 'epoch') AS at, count(*) AS n
  FROM "deadletters_letter" WHERE "state" = 'lost' GROUP BY 1, 2
) AS l WHERE l."facet_id" = a."facet_id" AND l.at = a."at";

CREATE OR REPLACE FUNCTION "deadletters_count_inserted"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO deadletters_count (facet_id, state, count)
    SELECT facet_id, state, count(*) FROM added GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (facet_id, state) DO UPDATE SET count = deadletters_count.count + EXCLUDED.count;
  INSERT INTO deadletters_arrival (facet_id, at, count, lost)
    SELECT facet_id, date_bin('10 minutes', failed_at, 'epoch'), count(*), count(*) FILTER (WHERE state = 'lost')
    FROM added GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (facet_id, at) DO UPDATE SET
      count = deadletters_arrival.count + EXCLUDED.count, lost = deadletters_arrival.lost + EXCLUDED.lost;
  RETURN NULL;
END $$;
