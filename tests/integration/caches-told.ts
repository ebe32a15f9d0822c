import { sql } from "#lib/db/sql.ts";
import { MINUTE, SECOND } from "#lib/core/time.ts";
import type { CacheKind } from "#lib/signals/caches/schema.ts";
import type { Counters, ObservedCache, RedisFacts } from "#lib/signals/caches/observed.ts";
import { loadState } from "#lib/signals/caches/state.ts";
import { newCost } from "#lib/sources/cost.ts";
import { store } from "./caches-target.ts";

export interface Told {
  kind: CacheKind;
  key: string;
  /** Increases of the newest minute, and of each of the 15 before. */
  now?: Counters;
  before?: Counters;
  main?: boolean;
  parent?: string;
  levels?: Record<string, number>;
  untimedBecause?: string | null;
  redis?: Partial<RedisFacts>;
}

const redisFacts: RedisFacts = {
  policy: "noeviction",
  operationsPerSecond: 5,
  maxMemoryBytes: null,
  databases: [],
  queueSigns: [],
  commandsKnown: true,
};

const HISTORY_MINUTES = 29;

/** A source that was collected every minute for half an hour; in the second quarter its caches did `now`, before `before`. */
export async function tell(name: string, told: readonly Told[]): Promise<string> {
  const kind = told.some((each) => each.kind === "redis") ? "redis" : "postgres";
  const { rows } = await sql.query<{ id: string }>(
    "INSERT INTO source (id, name, kind, interval_ms) VALUES (gen_random_uuid(), $1, $2, 60000) RETURNING id",
    [name, kind],
  );
  const { id } = rows[0]!;
  const start = Date.now() - HISTORY_MINUTES * MINUTE - SECOND;
  const totals = told.map(() => ({}) as Record<string, number>);
  for (let minute = 0; minute <= HISTORY_MINUTES; minute++) {
    for (const [at, each] of told.entries()) {
      const grown = (minute >= 15 ? each.now : each.before) ?? {};
      for (const metric of Object.keys({ ...each.now, ...each.before }))
        totals[at]![metric] = (totals[at]![metric] ?? 0) + (grown[metric] ?? 0);
    }
    const at = start + minute * MINUTE;
    const observations = [...Map.groupBy(told, (each) => each.kind)].map(([ofKind, own]) => ({
      kind: ofKind,
      takenAt: at,
      caches: own.map((each) => observed(each, { ...totals[told.indexOf(each)] })),
    }));
    const { generation } = await loadState(id);
    const collection = { generation, observations, queueLook: null };
    await store({ id, name, kind }, { collection, unread: [], cost: newCost() }, new Date(at));
  }
  await sql.query("UPDATE collection SET interval_ms = 60000");
  return id;
}

function observed(told: Told, counters: Counters): ObservedCache {
  const { key, main = false, parent = null, levels = {}, untimedBecause = null, redis } = told;
  const facts = {
    untimedBecause,
    blockBytes: 8192,
    redis: told.kind === "redis" ? { ...redisFacts, ...redis } : null,
  };
  return {
    key,
    name: key.replace(/^\w+:(public\.)?/, ""),
    parent,
    main,
    epoch: "e",
    counters,
    levels,
    facts,
  };
}

export const table = (name: string, hits: number, misses: number): Told => ({
  kind: "table",
  key: `table:public.${name}`,
  parent: "database:shop",
  now: { hits, misses },
});
