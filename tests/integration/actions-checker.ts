import { verifyChain } from "#lib/audit/verify.ts";
import { sql } from "#lib/db/sql.ts";
import type { World } from "./actions-world.ts";

interface RunRow {
  id: string;
  state: string;
  item: string;
  error: { code: string } | null;
  intents: number;
  outcomes: number;
}

/**
 * What must hold when the dust has settled, whatever happened before (in the manner of Jepsen's checkers): every recorded
 * intent has exactly one effect or an explicit failure, nothing else had an effect, and the audit log tells just that.
 * Returns one sentence per breach.
 */
export async function breaches(world: World): Promise<string[]> {
  const { rows } = await sql.query<RunRow>(
    `SELECT r.id, r.state, r.input->>'item' AS item, r.error,
       (SELECT count(*)::int FROM audit_event a WHERE a.run_id = r.id AND a.phase = 'intent') AS intents,
       (SELECT count(*)::int FROM audit_event a WHERE a.run_id = r.id AND a.phase = 'outcome') AS outcomes
     FROM action_run r`,
  );
  const effects = new Map<string, number>();
  for (const item of new Set(rows.map((row) => row.item))) {
    for (const id of await world.effects(item)) effects.set(id, (effects.get(id) ?? 0) + 1);
  }
  const found = rows.flatMap((row) => breachesOf(row, effects.get(row.id) ?? 0));
  const known = new Set(rows.map(({ id }) => id));
  for (const id of effects.keys())
    if (!known.has(id)) found.push(`${id} had an effect without an intent`);
  const { fault } = await verifyChain(sql);
  if (fault) found.push(`audit: ${fault.message}`);
  return found;
}

function breachesOf({ id, state, error, intents, outcomes }: RunRow, effects: number): string[] {
  const found: string[] = [];
  if (effects > 1) found.push(`${id} had ${effects} effects`);
  if (state === "succeeded" && effects === 0) found.push(`${id} succeeded without an effect`);
  if (state === "failed" && effects > 0 && error?.code !== "outcome_unknown") {
    found.push(`${id} failed (${error?.code}) but had an effect`);
  }
  if (state !== "succeeded" && state !== "failed") found.push(`${id} never ended: ${state}`);
  if (intents !== 1 || outcomes !== 1)
    found.push(`${id} has ${intents} intents and ${outcomes} outcomes in the audit log`);
  return found;
}
