import type { CollectContext, Collected } from "#lib/signals/define.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { discoverQueues } from "#lib/sources/bullmq/discover.ts";
import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import { workersOf } from "#lib/sources/bullmq/workers.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { isSourceError } from "#lib/sources/errors.ts";
import type { RedisClient } from "#lib/sources/redis/queries.ts";
import { readDelayed } from "./observe/delayed.ts";
import { readFinished } from "./observe/finished.ts";
import { readStates } from "./observe/state.ts";
import { readWaiting } from "./observe/waiting.ts";
import type { CollectedRow, KnownQueue } from "./observed.ts";
import { loadRegistry } from "./store.ts";

/** More queues than this are counted, not watched: each costs some 40 commands per collection. */
const MAX_QUEUES = 500;
/** Keys walked over per collection in search of queues without workers: some 20 ms of the server's time, in steps of 0.5 ms. */
const WALK = { keys: 20_000, budgetMs: 250 };

/** Finds new queues, looks at every known one with bounded reads, and says what it could not see. */
export async function collect({ source, abort }: CollectContext): Promise<Collected<CollectedRow>> {
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
  const all = [...known, ...fresh];
  const watched = all.slice(0, MAX_QUEUES);
  if (all.length > watched.length) {
    unread.push(
      `${all.length - watched.length} more queues are not watched: the limit is ${MAX_QUEUES}.`,
    );
  }
  const rows = await observe(conn, watched, clients, abort);
  const late = watched.length - rows.length;
  if (late > 0) unread.push(`${late} queues were not read within the time budget.`);
  return { rows: [...rows, { is: "walk", cursor: walk.cursor }], unread };
}

/** Postgres cannot store a NUL, and no library makes such names. */
const isStorable = (ref: QueueRef): boolean => !`${ref.prefix}${ref.name}`.includes("\0");

async function observe(
  conn: BullmqConnection,
  queues: readonly KnownQueue[],
  clients: readonly RedisClient[] | null,
  abort: AbortSignal,
): Promise<CollectedRow[]> {
  const refs = queues.map(({ ref }) => ref);
  const states = await readStates(conn, refs, abort);
  const waiting = await readWaiting(conn, refs, states, abort);
  const delayed = await readDelayed(conn, refs, states, abort);
  const rows: CollectedRow[] = [];
  for (const [at, state] of states.entries()) {
    if (abort.aborted) break;
    const { ref, flavour, cursor: before } = queues[at] as KnownQueue;
    if (!state.exists) {
      rows.push({ is: "gone", key: `${ref.prefix}:${ref.name}` });
      continue;
    }
    const { finished, cursor } = await readFinished(conn, ref, state, before, abort);
    const view = waiting[at] ?? { oldest: null, options: null };
    const workers = clients && workersOf(clients, ref);
    const split = delayed[at] ?? null;
    const queue = { ref, flavour, state, waiting: view, delayed: split, finished, cursor, workers };
    rows.push({ is: "queue", queue });
  }
  return rows;
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
