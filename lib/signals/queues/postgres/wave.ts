import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import type { BullmqPostgresConnection } from "#lib/sources/bullmq-postgres/connect.ts";
import { countDue, readDueBuckets } from "#lib/sources/bullmq-postgres/due.ts";
import { WAVE_LENGTHS, waveOf, type WindowName } from "../live/wave.ts";
import type { Wave } from "../wave-schema.ts";

/** When the delayed jobs of a queue on Postgres are due: two statements. */
export const readPostgresWave = (
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  window: WindowName,
): Promise<Wave> =>
  waveOf(window, {
    due: (now) => countDue(conn, queue, now, WAVE_LENGTHS),
    buckets: async (starts, step) => {
      const buckets = await readDueBuckets(conn, queue, starts, step);
      return buckets.map(({ tried, ...bucket }) => ({
        ...bucket,
        retrying: bucket.looked > 0 ? Math.round((bucket.total * tried) / bucket.looked) : 0,
      }));
    },
  });
