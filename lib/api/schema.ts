import { z } from "zod";

/** What every read answers: see lib/core/reading.ts. */
export function readingSchema<Data extends z.ZodType>(data: Data) {
  return z.object({
    data,
    observedAt: z.iso.datetime({ offset: true }).nullable(),
    quality: z.enum(["exact", "estimated", "stale", "unknown"]),
    intervalSeconds: z.number(),
    reason: z.string().optional(),
  });
}

/** The data of a keyset-paged list. The CSV export of a list reads `rows` and follows `nextCursor`. */
export function pageSchema<Row extends z.ZodType>(row: Row) {
  return z.object({ rows: z.array(row), nextCursor: z.string().nullable() });
}
