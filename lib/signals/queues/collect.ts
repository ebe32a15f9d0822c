import type { CollectContext, Collected } from "#lib/signals/define.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { discoverQueues } from "#lib/sources/bullmq/discover.ts";
import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import { workersOf } from "#lib/sources/bullmq/workers.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { isSourceError } from "#lib/sources/errors.ts";
import { Lane } from "#lib/sources/lane.ts";
import type { RedisClient } from "#lib/sources/redis/queries.ts";
import { readDelayed } from "./observe/delayed.ts";
import { readEvents } from "./observe/events.ts";
import { readFinished } from "./observe/finished.ts";
import { redisEvents } from "./observe/redis-events.ts";
import { readStates } from "./observe/state.ts";
import { readWaiting, waitingView } from "./observe/waiting.ts";
import type { CollectedRow, KnownQueue } from "./observed.ts";
import { collectPostgres } from "./postgres/collect.ts";
import { loadRegistry } from "./store.ts";

/** Each queue costs some 50 commands per collection; more than this are looked at in turns. */
const MAX_QUEUES = 500;
/** Queues whose events are read at the same time: over a slow network the answers would otherwise add up. */
const AT_ONCE = 8;
/** Keys walked over per collection in search of queues without workers: some 20 ms of the server's time, in steps of 0.5 ms. */
const WALK = { keys: 20_000, budgetMs: 250 };

/** Finds new queues, looks at every known one with bounded reads, and says what it could not see. */
export async function collect({
  source,
  now,
  abort,
}: CollectContext): Promise<Collected<CollectedRow>> {
  if (source.kind === "bullmq_postgres") return collectPostgres(source.conn, source.id, abort);
  const conn = connection(source);
  const registry = await loadRegistry(source.id);
  const unread: string[] = [];
  const clients = await readClients(conn, unread);
  const { known } = registry;
  const seen = { cursor: registry.cursor, known: known.map(({ ref }) => ref) };
  const walk = await discoverQueues(conn, seen, clients, WALK);
  const fresh = walk.found.filter(isStorable).map((found): KnownQueue => {
    const { prefix, name, flavour } = found;
    return { ref: { prefix, name }, flavour, cursor: null };
  });
  const all = [...fresh, ...known];
  const watched = all.slice(0, MAX_QUEUES);
  if (all.length > watched.length) {
    unread.push(`${all.length} queues are looked at in turns, ${MAX_QUEUES} at a time.`);
  }
  const rows = await observe({ conn, clients, now, abort }, watched);
  const late = watched.length - rows.length;
  if (late > 0) unread.push(`${late} queues were not read within the time budget.`);
  return { rows: [...rows, { is: "walk", cursor: walk.cursor }], unread };
}

/** Postgres cannot store a NUL, and no library makes such names. */
const isStorable = (ref: QueueRef): boolean => !`${ref.prefix}${ref.name}`.includes("\0");

interface Context {
  conn: BullmqConnection;
  /** Null when CLIENT LIST is not allowed. */
  clients: readonly RedisClient[] | null;
  now: Date;
  abort: AbortSignal;
}

async function observe(
  { conn, clients, now, abort }: Context,
  queues: readonly KnownQueue[],
): Promise<CollectedRow[]> {
  const refs = queues.map(({ ref }) => ref);
  const states = await readStates(conn, refs, abort);
  const looked = await readWaiting(conn, refs, states, abort);
  const delayed = await readDelayed(conn, refs, states, abort);
  const lane = new Lane(AT_ONCE);
  const rows = states.map((state, at) =>
    lane.run(async (): Promise<CollectedRow | null> => {
      const { ref, flavour, cursor: before } = queues[at] as KnownQueue;
      if (!state.exists) return { is: "gone", key: `${ref.prefix}:${ref.name}` };
      if (abort.aborted) return null;
      const events = redisEvents(conn, ref, abort);
      const counts = await readFinished(state, before, (cursor) => readEvents(events, cursor));
      const { open } = counts.cursor;
      const view = waitingView(state, looked[at] ?? [], { open, now });
      const workers = clients && workersOf(clients, ref);
      const split = delayed[at] ?? null;
      const seen = { ref, flavour, state, waiting: view, delayed: split };
      return { is: "queue", queue: { ...seen, ...counts, countedFrom: before, workers } };
    }),
  );
  return (await Promise.all(rows)).filter((row) => row !== null);
}

async function readClients(
  conn: BullmqConnection,
  unread: string[],
): Promise<RedisClient[] | null> {
  try {
    return await conn.redis.clients();
  } catch (error) {
    if (!isSourceError(error) || error.reason !== "permission") throw error;
    unread.push("Workers cannot be counted: CLIENT LIST is not allowed.");
    return null;
  }
}

/** The registry only opens sources of the kinds a signal names. */
function connection(source: OpenSource): BullmqConnection {
  if (source.kind === "bullmq") return source.conn;
  throw new Error(`queues cannot read a source of kind ${source.kind}`);
}
