import { MINUTE } from "#lib/core/time.ts";
import type { FoundProblem, SaveContext } from "#lib/signals/define.ts";
import { findNewTop, findSlower, type SlowStatement, sumEvictions } from "./store/judge.ts";

/** Short, so that a sudden change shows within a minute; the limits below keep noise out. */
const WINDOW_MS = 3 * MINUTE;
/** Three times as slow and 50 ms more per call: slower than any daily rhythm, and felt by a person. */
const SLOWER = { factor: 3, ms: 50, calls: 10 } as const;
/** A statement this young with this much of all database time has changed what the server does. */
const NEW_TOP = { youngerThanMs: 30 * MINUTE, share: 0.2, execMs: 3_000 } as const;
/** Each eviction drops a twentieth of the entries: this many in a quarter of an hour replace a fifth of the list. */
const EVICTIONS = { windowMs: 15 * MINUTE, count: 4 } as const;

/** What is wrong with this source's statements, judged from our own deltas. */
export async function problems(context: SaveContext): Promise<FoundProblem[]> {
  const slower = await findSlower(context, WINDOW_MS, SLOWER);
  const newTop = await findNewTop(context, WINDOW_MS, NEW_TOP);
  const known = new Set(slower.map((each) => each.id));
  return [
    ...slower.map(worsened),
    ...newTop.filter((each) => !known.has(each.id)).map(appeared),
    ...(await evicting(context)),
  ];
}

const hrefOf = (id: string): string => `/queries/${id}?range=1h`;

function worsened(each: SlowStatement): FoundProblem {
  const times = Math.round(each.meanMs / each.beforeMs);
  const plan = each.planChanged ? ", with another plan" : "";
  return {
    type: "query_slower",
    entity: each.id,
    severity: "warning",
    title: `${labelOf(each)}: ${duration(each.beforeMs)} → ${duration(each.meanMs)} per call (×${times})${plan}`,
    href: hrefOf(each.id),
  };
}

function appeared(each: SlowStatement & { share: number }): FoundProblem {
  return {
    type: "query_new_top",
    entity: each.id,
    severity: "risk",
    title: `New statement takes ${Math.round(each.share * 100)} % of database time: ${labelOf(each)}, ${duration(each.meanMs)} per call`,
    href: hrefOf(each.id),
    since: each.firstSeen,
  };
}

async function evicting({ tx, source, now }: SaveContext): Promise<FoundProblem[]> {
  const evictions = await sumEvictions(tx, source.id, new Date(now.getTime() - EVICTIONS.windowMs));
  if (evictions < EVICTIONS.count) return [];
  return [
    {
      type: "query_evictions",
      entity: source.name,
      severity: "risk",
      title: `${source.name}: pg_stat_statements evicted entries ${evictions} times in 15 minutes, so the list is a sample; raise pg_stat_statements.max`,
      href: `/queries?source=${encodeURIComponent(source.name)}`,
    },
  ];
}

const LABEL_LENGTH = 70;

function labelOf({ text, database }: SlowStatement): string {
  const line = (text ?? "a statement without text").replaceAll(/\s+/g, " ").trim();
  const label = line.length > LABEL_LENGTH ? `${line.slice(0, LABEL_LENGTH)}…` : line;
  return `${label} (${database})`;
}

function duration(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toPrecision(3)} s`;
  return `${Number(ms.toPrecision(3))} ms`;
}
