import { STALE_AFTER_INTERVALS } from "#lib/core/reading.ts";
import { type Sql, sql } from "#lib/db/sql.ts";
import { queueLabel } from "#lib/sources/bullmq/queue-label.ts";
import type { Guard } from "../schema.ts";
import { BREAKER_STATES, type BreakerState } from "../states.ts";

interface Guarded {
  /** Of the queue's source. */
  labels: Readonly<Record<string, string>>;
  /** `prefix:name`. */
  queueKey: string;
}

/** The breaker that guards what a queue's workers call: named by the source's label `breaker_<queue>`, else by `breaker`. */
export const breakerOf = ({ labels, queueKey: key }: Guarded): string | null =>
  queueLabel(labels, "breaker", key.slice(key.lastIndexOf(":") + 1));

/**
 * What the breakers signal knows of a breaker: an entity of signal `breakers` whose key is the breaker's name and whose data has
 * its `state`. A name that nobody knows, or a state that nobody has seen lately, is `unknown`.
 */
export async function stateOf(breaker: string): Promise<BreakerState> {
  return (await statesOf(sql, [breaker])).get(breaker) ?? "unknown";
}

/** The breakers of these queues, in the same order; null where none is named. */
export async function guardsOf(on: Sql, queues: readonly Guarded[]): Promise<(Guard | null)[]> {
  const names = queues.map(breakerOf);
  const states = await statesOf(
    on,
    names.filter((name) => name !== null),
  );
  return names.map((name) =>
    name === null ? null : { name, state: states.get(name) ?? "unknown" },
  );
}

/** Where several sources tell of the same name the worst counts. */
async function statesOf(on: Sql, names: readonly string[]): Promise<Map<string, BreakerState>> {
  if (names.length === 0) return new Map();
  const { rows } = await on.query<{ name: string; states: string[] }>(
    `SELECT e.key AS name, array_agg(e.data->>'state') AS states FROM entity e
     JOIN source s ON s.id = e.source_id AND s.enabled
     LEFT JOIN collection c ON c.source_id = e.source_id AND c.signal = e.signal
     WHERE e.signal = 'breakers' AND e.key = ANY($1)
       AND e.observed_at > now() - $2 * coalesce(c.interval_ms, s.interval_ms) * interval '1 ms' GROUP BY e.key`,
    [names, STALE_AFTER_INTERVALS],
  );
  return new Map(
    rows.map(({ name, states }) => [
      name,
      BREAKER_STATES.find((state) => states.includes(state)) ?? "unknown",
    ]),
  );
}
