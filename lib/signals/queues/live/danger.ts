import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { queueKey, type DiscoveredQueue, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { isMarker, type JobState, PRIORITY_STEP, stateKey } from "#lib/sources/bullmq/states.ts";
import { whichStay } from "#lib/sources/bullmq/staying.ts";
import type { SeenList } from "#lib/sources/bullmq/sweep.ts";
import type { CleanPreview, DrainPreview } from "../danger-schema.ts";
import { readRows } from "./jobs.ts";

/** Ids read from each end of each list and set. */
const LOOKED = 50;
const SHOWN = 5;

/** What a drain would remove, and the marks by which it will know it again. */
export async function previewDrain(
  conn: BullmqConnection,
  queue: DiscoveredQueue,
): Promise<DrainPreview> {
  const at = Date.now();
  const [id, pc] = await conn.run((redis) =>
    Promise.all([redis.get(queueKey(queue, "id")), redis.get(queueKey(queue, "pc"))]),
  );
  const waiting = await lookAtList(conn, queue, "waiting");
  const paused = await lookAtList(conn, queue, "paused");
  const prioritized = await lookAtSet(conn, queue, "prioritized", "+inf");
  const delayed = await lookAtSet(conn, queue, "delayed", "+inf");
  const lists = [waiting.seen, paused.seen].filter((list) => list !== null);
  return {
    paused: queue.paused,
    seen: {
      at,
      lastId: whole(id),
      lists,
      prioritized: { counter: whole(pc) % PRIORITY_STEP, count: prioritized.count },
      delayed: { count: delayed.count },
    },
    ...(await lookCloser(conn, queue, [waiting, paused, prioritized])),
    delayed: await lookCloser(conn, queue, [delayed]),
  };
}

/** Which finished jobs are older than `age` seconds. */
export async function previewClean(
  conn: BullmqConnection,
  queue: QueueRef,
  { state, age }: { state: "completed" | "failed"; age: number },
): Promise<CleanPreview> {
  const before = Date.now() - age * 1_000;
  const found = await lookAtSet(conn, queue, state, before);
  const key = stateKey(queue, state);
  const [total, [, oldest]] = await conn.run((redis) =>
    Promise.all([redis.zcard(key), redis.zrange(key, 0, 0, "WITHSCORES")]),
  );
  const oldestAt = oldest !== undefined && Number(oldest) <= before ? Number(oldest) : null;
  return {
    before,
    count: found.count,
    total,
    oldest: oldestAt === null ? null : new Date(oldestAt).toISOString(),
    ...(await lookCloser(conn, queue, [found])),
  };
}

interface Looked {
  state: JobState;
  count: number;
  ids: string[];
  /** Of these, jobs that a drain leaves alone because nobody can say whether they were there already. */
  unsure: string[];
}

/** The ends are jobs whose data is there: by them the list is known again. */
async function lookAtList(
  conn: BullmqConnection,
  queue: QueueRef,
  state: SeenList["state"],
): Promise<Looked & { seen: SeenList | null }> {
  const key = stateKey(queue, state);
  const [count, left, right] = await conn.run((redis) =>
    Promise.all([
      redis.llen(key),
      redis.lrange(key, 0, LOOKED - 1),
      redis.lrange(key, -LOOKED, -1),
    ]),
  );
  const ids = [...new Set([...right.toReversed(), ...left])].filter((id) => !isMarker(id));
  const there = await conn.run(async (redis) => {
    const batch = redis.pipeline();
    for (const id of ids) batch.exists(queueKey(queue, id));
    return ((await batch.exec()) ?? []).map(([, exists]) => exists === 1);
  });
  const alive = new Set(ids.filter((_id, at) => there[at]));
  const newest = left.find((id) => alive.has(id));
  const oldest = right.findLast((id) => alive.has(id));
  const seen = newest && oldest ? { state, newest, oldest, count } : null;
  return { state, count, ids, unsure: [], seen };
}

async function lookAtSet(
  conn: BullmqConnection,
  queue: QueueRef,
  state: JobState,
  max: number | "+inf",
): Promise<Looked> {
  const key = stateKey(queue, state);
  const [count, flat] = await conn.run((redis) =>
    Promise.all([
      redis.zcount(key, "-inf", max),
      redis.zrangebyscore(key, "-inf", max, "WITHSCORES", "LIMIT", 0, LOOKED),
    ]),
  );
  const ids = flat.filter((_text, at) => at % 2 === 0);
  const isUnsure = (_id: string, at: number): boolean =>
    state === "prioritized" && Number(flat[2 * at + 1]) % PRIORITY_STEP === 0;
  return { state, count, ids, unsure: ids.filter(isUnsure) };
}

async function lookCloser(conn: BullmqConnection, queue: QueueRef, parts: readonly Looked[]) {
  const ids = parts.flatMap((part) => part.ids);
  const unsure = new Set(parts.flatMap((part) => part.unsure));
  const bound = await whichStay(conn, queue, ids);
  const stay = ids.map((id, at) => bound[at] || unsure.has(id));
  const leaving = new Set(ids.filter((_id, at) => !stay[at]));
  const samples = parts.map(({ state, ids: own }) => {
    const entries = own.filter((id) => leaving.has(id)).slice(0, SHOWN);
    return readRows(
      conn,
      queue,
      state,
      entries.map((id) => ({ id, score: null })),
    );
  });
  const sample = (await Promise.all(samples)).flat();
  return { sample, looked: ids.length, staying: stay.filter(Boolean).length };
}

const whole = (text: string | null): number => Math.max(0, Math.trunc(Number(text ?? 0)) || 0);
