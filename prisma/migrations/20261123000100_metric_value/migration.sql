-- Counters that outlive processes: any number of workers add to them inside the transaction of what they count.
CREATE TABLE "metric_value" (
  "name" TEXT NOT NULL,
  "labels" JSONB NOT NULL,
  "value" DOUBLE PRECISION NOT NULL,
  PRIMARY KEY ("name", "labels")
);
