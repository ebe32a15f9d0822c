import type { Collected } from "#lib/signals/define.ts";
import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import type { BullmqPostgresConnection } from "#lib/sources/bullmq-postgres/connect.ts";
import { queuesOf, watchedSchemas } from "#lib/sources/bullmq-postgres/discover.ts";
import { lookAtQueues } from "#lib/sources/bullmq-postgres/queue-state.ts";
import { workersByQueue } from "#lib/sources/bullmq-postgres/workers.ts";
import { readEvents } from "../observe/events.ts";
import { type Cursor, readFinished } from "../observe/finished.ts";
import type { CollectedRow, ObservedQueue } from "../observed.ts";
import { loadRegistry } from "../store.ts";
import { type CountingTime, countingTime, countOn, uncountedSentences } from "./counts.ts";
import { readDelayed } from "./delayed.ts";
import { postgresEvents } from "./events.ts";
import { readWaiting } from "./waiting.ts";

/** Each queue costs some ten index reads and its new events; more than this are looked at in turns. */
const MAX_QUEUES = 500;
/** Queues of one statement: when each is full to the brim in every state, it still ends in time. */
const AT_ONCE = 25;
/** As `collect` for queues on Redis: finds every queue, looks at each with bounded reads, and says what it could not see. */
export async function collectPostgres(
  conn: BullmqPostgresConnection,
  sourceId: string,
  abort: AbortSignal,
): Promise<Collected<CollectedRow>> {
  const { known } = await loadRegistry(sourceId);
  const { found, blind, unread } = await findQueues(conn);
  const gone = known.filter(({ ref }) => !found.has(keyOf(ref)) && !blind.has(ref.prefix));
  const cursors = new Map(known.map(({ ref, cursor }) => [keyOf(ref), cursor]));
  const fresh = [...found.values()].filter((ref) => !cursors.has(keyOf(ref)));
  const old = known.map(({ ref }) => ref).filter((ref) => found.has(keyOf(ref)));
  const all = [...fresh, ...old];
  const watched = all.slice(0, MAX_QUEUES);
  if (all.length > watched.length) {
    unread.push(`${all.length} queues are looked at in turns, ${MAX_QUEUES} at a time.`);
  }
  const workers = await countWorkers(conn, all);
  const rows: CollectedRow[] = gone.map(({ ref }) => ({ is: "gone", key: keyOf(ref) }));
  const counting = countingTime();
  const context = { conn, workers, cursors, abort, counting };
  for (const [schema, refs] of Map.groupBy(watched, ({ prefix }) => prefix)) {
    const names = refs.map(({ name }) => name);
    for (let at = 0; at < names.length && !abort.aborted; at += AT_ONCE) {
      rows.push(...(await observe(context, schema, names.slice(at, at + AT_ONCE))));
    }
  }
  unread.push(...uncountedSentences(counting));
  const late = watched.length - (rows.length - gone.length);
  if (late > 0) unread.push(`${late} queues were not read within the time budget.`);
  return { rows, unread };
}

const keyOf = ({ prefix, name }: QueueRef): string => `${prefix}:${name}`;

/** Every queue by its key, and the schemas that may not be read: what is known of them stays as it was. */
async function findQueues(conn: BullmqPostgresConnection) {
  const unread: string[] = [];
  const blind = new Set<string>();
  const found = new Map<string, QueueRef>();
  for (const { name: schema, unreadable } of await watchedSchemas(conn)) {
    if (unreadable.length > 0) {
      blind.add(schema);
      unread.push(`Schema ${schema} cannot be read: \`plumbline doctor\` prints the grant.`);
    } else for (const ref of await queuesOf(conn, schema)) found.set(keyOf(ref), ref);
  }
  return { found, blind, unread };
}

/** Null for a queue whose name two schemas have: the workers' connections do not tell which one is theirs. */
async function countWorkers(conn: BullmqPostgresConnection, queues: readonly QueueRef[]) {
  const find = await workersByQueue(conn);
  const schemas = Map.groupBy(queues, ({ name }) => name);
  return (queue: string): number | null =>
    (schemas.get(queue)?.length ?? 0) > 1 ? null : find(queue).length;
}

interface Context {
  conn: BullmqPostgresConnection;
  workers: (queue: string) => number | null;
  cursors: ReadonlyMap<string, Cursor | null>;
  abort: AbortSignal;
  counting: CountingTime;
}

async function observe(
  { conn, workers, cursors, abort, counting }: Context,
  schema: string,
  queues: readonly string[],
): Promise<CollectedRow[]> {
  const looks = await lookAtQueues(conn, schema, queues);
  const states = await countOn(conn, schema, looks, counting);
  const waiting = await readWaiting(conn, schema, looks);
  const delayed = await readDelayed(conn, schema, states);
  const rows: CollectedRow[] = [];
  for (const [at, state] of states.entries()) {
    if (abort.aborted) break;
    const ref = { prefix: schema, name: state.name };
    const countedFrom = cursors.get(keyOf(ref)) ?? null;
    const events = postgresEvents(conn, ref, abort);
    const outcome = await readFinished(state, countedFrom, (before) => readEvents(events, before));
    const queue: ObservedQueue = {
      ref,
      flavour: "bullmq",
      state,
      waiting: waiting[at] ?? { oldest: null, sampled: [] },
      delayed: delayed[at] ?? null,
      ...outcome,
      countedFrom,
      workers: workers(state.name),
    };
    rows.push({ is: "queue", queue });
  }
  return rows;
}
