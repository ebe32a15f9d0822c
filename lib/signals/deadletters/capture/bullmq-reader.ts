import { readEach } from "#lib/sources/bullmq/batch.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { readStream, streamEnds } from "#lib/sources/bullmq/event-stream.ts";
import { queueKey } from "#lib/sources/bullmq/queries.ts";
import { stateKey } from "#lib/sources/bullmq/states.ts";
import { SourceError } from "#lib/sources/errors.ts";
import { readFailures, readLeftovers } from "./bullmq-jobs.ts";
import type { Entry, FailureReader, Look, Standing } from "./reader.ts";

/** Reads the failures of BullMQ and Bull queues with plain bounded commands. */
export function bullmqReader(conn: BullmqConnection): FailureReader {
  return {
    look: async (queues, abort) => {
      const answers = await readEach(
        conn,
        queues,
        (batch, { ref, eventId }) => {
          batch.zrange(stateKey(ref, "failed"), -1, -1, "WITHSCORES");
          batch.xrange(queueKey(ref, "events"), eventId ? `(${eventId}` : "-", "+", "COUNT", 1);
        },
        abort,
      );
      return answers.map(([newest, events]): Look => {
        const [entry] = entriesOf(newest);
        return { newest: entry?.score ?? null, events: Array.isArray(events) && events.length > 0 };
      });
    },
    sizes: async (queues, abort) => {
      const answers = await readEach(
        conn,
        queues,
        (batch, ref) => void batch.zcard(stateKey(ref, "failed")),
        abort,
      );
      return answers.map(([size]) => (typeof size === "number" ? size : null));
    },
    newer: async (queue, front, limit) => {
      const key = stateKey(queue, "failed");
      const range = [key, front?.score ?? "-inf", "+inf", "WITHSCORES", "LIMIT"] as const;
      const answer = await conn.run((redis) =>
        redis.zrangebyscore(...range, front?.skip ?? 0, limit),
      );
      return entriesOf(answer);
    },
    walk: async (queue, cursor, limit) => {
      const key = stateKey(queue, "failed");
      const [next, flat] = await conn.run((redis) =>
        redis.zscan(key, cursor ?? "0", "COUNT", limit),
      );
      return { entries: entriesOf(flat), next: next === "0" ? null : next };
    },
    read: (queue, entries, abort) => readFailures(conn, queue, entries, abort),
    leftOf: (queue, jobIds) => readLeftovers(conn, queue, jobIds),
    standing: async (queue, jobIds) => {
      const answers = await readEach(conn, jobIds, (batch, id) => {
        batch.zscore(stateKey(queue, "failed"), id);
        batch.exists(queueKey(queue, id));
        batch.zscore(stateKey(queue, "completed"), id);
      });
      // Not to be mistaken for "is not there": the sets have another type, or this user may not read them any more.
      if (answers.some((answer) => answer.includes(undefined))) {
        throw new SourceError("protocol", "The sets of failed and completed jobs cannot be read.");
      }
      return answers.map(([score, exists, completed]): Standing => ({
        score: typeof score === "string" ? score : null,
        exists: exists === 1,
        completedAt: typeof completed === "string" ? Number(completed) : null,
      }));
    },
    eventEnds: (queue) => streamEnds(conn, queue),
    events: (queue, cursor, limits, abort, visit) =>
      readStream(conn, queue, cursor, limits, abort, visit),
  };
}

/** Redis answers members and scores in turn. */
function entriesOf(flat: unknown): Entry[] {
  if (!Array.isArray(flat)) return [];
  const entries: Entry[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    entries.push({ jobId: String(flat[at]), score: String(flat[at + 1]) });
  }
  return entries;
}
