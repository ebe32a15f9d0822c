import type { BullmqPostgresConnection } from "#lib/sources/bullmq-postgres/connect.ts";
import { DELAYED_LOOKED_AT, readTried } from "#lib/sources/bullmq-postgres/delayed.ts";
import type { DelayedSplit } from "../observe/delayed.ts";
import type { Counts } from "../schema.ts";

const NONE: DelayedSplit = { retrying: 0, scheduled: 0, estimated: false };

/** Splits delayed jobs into retries and scheduled ones: by counting those due soonest, in full where there are not more. */
export async function readDelayed(
  conn: BullmqPostgresConnection,
  schema: string,
  queues: readonly { name: string; counts: Counts }[],
): Promise<(DelayedSplit | null)[]> {
  const filled = queues.filter(({ counts }) => counts.delayed !== 0).map(({ name }) => name);
  const tried = filled.length > 0 ? await readTried(conn, schema, filled) : new Map();
  return queues.map(({ name, counts: { delayed } }) => {
    if (delayed === 0) return NONE;
    const sample = tried.get(name);
    if (!sample || sample.looked === 0) return null;
    const { looked, tried: failed } = sample;
    // All of them, a moment later than they were counted.
    if (looked < DELAYED_LOOKED_AT) {
      return { retrying: failed, scheduled: looked - failed, estimated: false };
    }
    if (delayed === null) return null;
    const retrying = Math.round((delayed * failed) / looked);
    return { retrying, scheduled: delayed - retrying, estimated: looked < delayed };
  });
}
