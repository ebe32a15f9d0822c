import { readEach } from "#lib/sources/bullmq/batch.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { isMarker, stateKey } from "#lib/sources/bullmq/states.ts";
import { workerConnections } from "#lib/sources/bullmq/workers.ts";
import { isSourceError } from "#lib/sources/errors.ts";
import type { Workers } from "../worker-schema.ts";
import { readRows } from "./jobs.ts";

export const SHOWN_WORKERS = 100;
export const SHOWN_JOBS = 50;

/** The connections of a queue's workers, and the jobs they hold, the longest held first. */
export async function readWorkers(conn: BullmqConnection, queue: QueueRef): Promise<Workers> {
  const { connected, unreadBecause } = await connections(conn, queue);
  const key = stateKey(queue, "active");
  const [active, ids] = await conn.run((redis) =>
    Promise.all([redis.llen(key), redis.lrange(key, -SHOWN_JOBS, -1)]),
  );
  const entries = ids
    .toReversed()
    .filter((id) => !isMarker(id))
    .map((id) => ({ id, score: null }));
  const rows = await readRows(conn, queue, "active", entries);
  const locks = await readEach(conn, entries, (batch, { id }) => {
    batch.pttl(`${queueKey(queue, id)}:lock`);
  });
  return {
    connected: connected && connected.length,
    unreadBecause,
    workers: (connected ?? []).slice(0, SHOWN_WORKERS),
    active,
    jobs: rows.map((row, at) => {
      const left = Number(locks[at]?.[0] ?? -2);
      return { ...row, lockMs: left >= 0 ? left : null };
    }),
  };
}

async function connections(conn: BullmqConnection, queue: QueueRef) {
  try {
    const found = workerConnections(await conn.redis.clients(), queue);
    const connected = found.map(({ id, workerName, addr, library, ageSeconds, idleSeconds }) => ({
      id,
      name: workerName,
      // The port changes with every connection and says nothing.
      address: addr.replace(/:\d+$/, ""),
      library,
      ageSeconds,
      idleSeconds,
    }));
    return { connected, unreadBecause: null };
  } catch (error) {
    if (!isSourceError(error) || error.reason !== "permission") throw error;
    return { connected: null, unreadBecause: "CLIENT LIST is not allowed on this source." };
  }
}
