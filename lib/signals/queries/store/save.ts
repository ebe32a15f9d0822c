import type { Sql } from "#lib/db/sql.ts";
import { increment } from "#lib/metrics/counters.ts";
import type { Sample } from "#lib/samples/types.ts";
import type { SaveContext, SourceRef } from "#lib/signals/define.ts";
import { type EntryKey, keyOf } from "../delta.ts";
import { EVICTIONS } from "../metric-names.ts";
import type { Observation } from "../observation.ts";
import { claimGeneration, keyColumns, saveBaseline } from "./baseline.ts";
import { type DatabaseIncrease, databaseIncreases, saveDatabases } from "./databases.ts";
import { savePlan } from "./plans.ts";
import { saveDeltas, saveStatements } from "./statements.ts";

/**
 * Stores one collection. When another worker stored one since this one began, the counts are dropped: counters only grow,
 * so the next collection brings them all. Plans are true either way.
 */
export async function saveQueries(
  { tx, source, now }: SaveContext,
  observations: readonly Observation[],
): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const observation of observations) {
    const current = await claimGeneration(tx, source.id, observation.baseline.generation);
    await saveStatements(tx, source.id, now, observation);
    if (current) samples.push(...(await saveCounts(tx, source, now, observation)));
    await savePlans(tx, source.id, now, observation);
  }
  return samples;
}

async function saveCounts(
  tx: Sql,
  { id: sourceId, name }: SourceRef,
  now: Date,
  observation: Observation,
): Promise<Sample[]> {
  await saveBaseline(tx, sourceId, observation);
  const { kind, seconds, deallocs } = observation.difference;
  if (kind === "first" || kind === "other_server") return [];
  await saveDeltas(tx, sourceId, now, observation);
  const increases = databaseIncreases(observation);
  await saveDatabases(tx, sourceId, now, seconds, increases);
  if (deallocs) await increment(tx, EVICTIONS, { source: name }, deallocs);
  const { snapshot, server } = observation;
  return [
    ...increases.flatMap(databaseSamples),
    { entity: "server", metric: "entries", value: snapshot.entries.size + server.hidden },
    ...(deallocs === null ? [] : [{ entity: "server", metric: "deallocs", value: deallocs }]),
  ];
}

function databaseSamples({ name, calls, execMs, ownMs, activeMs }: DatabaseIncrease): Sample[] {
  const entity = `database:${name}`;
  const samples: Sample[] = [
    { entity, metric: "calls", value: calls },
    { entity, metric: "exec_ms", value: execMs - ownMs },
  ];
  return activeMs === null
    ? samples
    : [...samples, { entity, metric: "active_ms", value: activeMs }];
}

async function savePlans(
  tx: Sql,
  sourceId: string,
  now: Date,
  { plans, serverVersion }: Observation,
): Promise<void> {
  if (plans.length === 0) return;
  const ids = await statementIds(tx, sourceId, plans);
  for (const plan of plans) {
    const statementId = ids.get(keyOf(plan));
    if (statementId) await savePlan(tx, { statementId, now, serverVersion }, plan);
  }
}

async function statementIds(
  tx: Sql,
  sourceId: string,
  keys: readonly EntryKey[],
): Promise<Map<string, string>> {
  const { rows } = await tx.query<{ key: string; id: string }>(
    `SELECT s.id::text AS id, concat_ws('/', s.dbid, s.userid, s.queryid, CASE WHEN s.toplevel THEN 'true' ELSE 'false' END) AS key
     FROM unnest($2::int8[], $3::int8[], $4::int8[], $5::bool[]) AS k(dbid, userid, queryid, toplevel)
     JOIN queries_statement s ON s.source_id = $1 AND s.dbid = k.dbid AND s.userid = k.userid
       AND s.queryid = k.queryid AND s.toplevel = k.toplevel`,
    [sourceId, ...keyColumns(keys)],
  );
  return new Map(rows.map(({ key, id }) => [key, id]));
}
