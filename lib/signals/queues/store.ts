import { canonicalJson, storableJson } from "#lib/core/json.ts";
import { sql, type Sql } from "#lib/db/sql.ts";
import type { Sample } from "#lib/samples/types.ts";
import type { SaveContext } from "#lib/signals/define.ts";
import { countJobs, forgetHistograms } from "./counted.ts";
import { objectiveSeconds } from "./objective.ts";
import type { CollectedRow, KnownQueue, ObservedQueue } from "./observed.ts";
import { wrongEviction } from "./eviction.ts";
import { judged } from "./judged.ts";
import { loadMinutes, type Minute, saveMinutes, withFlow } from "./retries/minutes.ts";
import { entityKey, samplesOf, type StoredQueue, toStored } from "./stored.ts";
import { pastFinished, windowOf } from "./window.ts";

interface EntityRow {
  key: string;
  data: StoredQueue;
  observedAt: Date;
}

/** The queues known on a source, those longest not looked at first, and where the search for more goes on. */
export async function loadRegistry(
  sourceId: string,
): Promise<{ known: KnownQueue[]; cursor: string }> {
  const entities = await loadEntities(sql, sourceId);
  const { rows } = await sql.query<{ cursor: string }>(
    "SELECT cursor FROM queues_walk WHERE source_id = $1",
    [sourceId],
  );
  const known = entities.map(({ data }): KnownQueue => {
    const { prefix, name, flavour, cursor } = data;
    return { ref: { prefix, name }, flavour, cursor };
  });
  return { known, cursor: rows[0]?.cursor ?? "0" };
}

export async function loadEntities(on: Sql, sourceId: string): Promise<EntityRow[]> {
  const { rows } = await on.query<EntityRow>(
    `SELECT key, data, observed_at AS "observedAt" FROM entity
     WHERE source_id = $1 AND signal = 'queues' ORDER BY observed_at, key`,
    [sourceId],
  );
  return rows;
}

/**
 * Stores what was collected; returns the samples of the watched queues. What another worker has counted further meanwhile is
 * dropped: the next collection goes on from there, and nothing is counted twice.
 */
export async function save(context: SaveContext, rows: CollectedRow[]): Promise<Sample[]> {
  const { tx, source, now } = context;
  await tx.query(
    "SELECT 1 FROM pg_advisory_xact_lock(hashtext('plumbline.queues'), hashtext($1))",
    [source.id],
  );
  const gone = rows.flatMap((row) => (row.is === "gone" ? [row.key] : []));
  await forgetHistograms(tx, source.name, gone);
  const walk = rows.find((row) => row.is === "walk");
  if (walk) await saveWalk(tx, source.id, walk.cursor);
  await tx.query(
    "DELETE FROM entity WHERE source_id = $1 AND signal = 'queues' AND key = ANY($2)",
    [source.id, gone],
  );
  const before = new Map((await loadEntities(tx, source.id)).map((row) => [row.key, row]));
  const queues = rows.flatMap((row) =>
    row.is === "queue" && goesOn(row.queue, before.get(entityKey(row.queue.ref)))
      ? [row.queue]
      : [],
  );
  const { stored, minutes } = await judgeAll(context, queues, before);
  await saveEntities(tx, source.id, stored, now);
  await saveMinutes(tx, source.id, minutes, now);
  await countJobs(tx, source.name, queues);
  return stored.flatMap((one, at) => samplesOf(one, queues[at] as ObservedQueue));
}

/** Each queue with what was known of it before, and the newest minute of those that have events. */
async function judgeAll(
  { tx, source, now }: SaveContext,
  queues: readonly ObservedQueue[],
  before: ReadonlyMap<string, EntityRow>,
): Promise<{ stored: StoredQueue[]; minutes: Minute[] }> {
  const past = Map.groupBy(await pastFinished(tx, source.id, now), ({ entity }) => entity);
  const hours = await loadMinutes(tx, source.id, now);
  const context = {
    now,
    kind: source.kind,
    mayRetry: await mayRetry(tx, source.id),
    eviction: await wrongEviction(tx, source.id),
  };
  const minutes: Minute[] = [];
  const stored = queues.map((queue): StoredQueue => {
    const key = entityKey(queue.ref);
    const known = before.get(key);
    const times = { now, before: known?.observedAt ?? null };
    const finished = windowOf(queue.finished, past.get(key) ?? [], times);
    const earlier = hours.get(key) ?? [];
    const hour = queue.flow ? withFlow(earlier, key, queue.flow, now) : earlier;
    if (queue.flow) minutes.push(...hour.slice(-1));
    const objective = objectiveSeconds(source.labels, queue.ref.name);
    const one = toStored(queue, known?.data, { ...context, objectiveSeconds: objective });
    const about = { ...context, policies: one.policies, before: known?.data };
    return { ...one, finished, ...judged(queue, hour, about) };
  });
  return { stored, minutes };
}

/** Whether an observation began to count where the stored one ended. */
const goesOn = ({ countedFrom }: ObservedQueue, before: EntityRow | undefined): boolean =>
  canonicalJson(countedFrom) === canonicalJson(before?.data.cursor ?? null);

async function saveWalk(tx: Sql, sourceId: string, cursor: string): Promise<void> {
  await tx.query(
    `INSERT INTO queues_walk (source_id, cursor) VALUES ($1, $2)
     ON CONFLICT (source_id) DO UPDATE SET cursor = EXCLUDED.cursor`,
    [sourceId, cursor],
  );
}

async function saveEntities(
  tx: Sql,
  sourceId: string,
  queues: readonly StoredQueue[],
  now: Date,
): Promise<void> {
  await tx.query(
    `INSERT INTO entity (source_id, signal, key, data, observed_at)
     SELECT $1::uuid, 'queues', given.key, given.data, $4 FROM unnest($2::text[], $3::jsonb[]) AS given(key, data)
     ON CONFLICT (source_id, signal, key) DO UPDATE SET data = EXCLUDED.data, observed_at = EXCLUDED.observed_at`,
    [sourceId, queues.map(entityKey), queues.map(storableJson), now],
  );
}

/** Whether the role of a source on Postgres may retry, as its probe found. */
async function mayRetry(tx: Sql, sourceId: string): Promise<boolean> {
  const { rows } = await tx.query(
    `SELECT FROM source WHERE id = $1 AND capabilities @> '[{"id": "retry_allowed", "ok": true}]'`,
    [sourceId],
  );
  return rows.length > 0;
}
