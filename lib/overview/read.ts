import type { Actor } from "#lib/auth/actor.ts";
import { can } from "#lib/auth/policy.ts";
import type { Reading } from "#lib/core/reading.ts";
import { db } from "#lib/db/client.ts";
import type { Signal } from "#lib/signals/define.ts";
import { SIGNALS, signalById } from "#lib/signals/index.ts";
import { readTrend } from "./trend.ts";
import { freshnessOf, worstFreshness } from "./freshness.ts";
import {
  type Overview,
  type OverviewCollection,
  type OverviewProblem,
  type OverviewSource,
  overviewSchema,
} from "./schema.ts";

/** How often the overview is worth asking for again: the shortest collection interval there is. */
const INTERVAL_SECONDS = 10;

const SEVERITIES = ["critical", "warning", "risk"];

/** Every source with the freshness and the open problems of each of its signals the actor may read. */
export async function readOverview(context: {
  actor: Actor;
  now: Date;
}): Promise<Reading<Overview>> {
  const visible = new Set(
    SIGNALS.filter((signal) => can(context.actor, `${signal.id}.read`)).map((signal) => signal.id),
  );
  const rows = await loadSources();
  const sources = await Promise.all(rows.map((row) => toSource(row, visible, context.now)));
  return {
    data: overviewSchema.parse({ sources }),
    observedAt: context.now.toISOString(),
    quality: "exact",
    intervalSeconds: INTERVAL_SECONDS,
  };
}

function loadSources() {
  return db().source.findMany({
    where: { enabled: true },
    orderBy: { name: "asc" },
    include: {
      collections: { orderBy: { signal: "asc" } },
      problems: { where: { closedAt: null }, orderBy: { since: "asc" } },
    },
  });
}

type SourceRow = Awaited<ReturnType<typeof loadSources>>[number];

async function toSource(
  row: SourceRow,
  visible: ReadonlySet<string>,
  now: Date,
): Promise<OverviewSource> {
  const collections = await Promise.all(
    row.collections.flatMap((collection) => {
      const signal = signalById(collection.signal);
      return signal && visible.has(signal.id) ? [toCollection(signal, collection, now)] : [];
    }),
  );
  const problems = row.problems.filter(({ signal }) => visible.has(signal)).map(toProblem);
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as OverviewSource["kind"],
    labels: row.labels as Record<string, string>,
    serverVersion: row.serverVersion,
    probedAt: row.probedAt?.toISOString() ?? null,
    capabilities: row.capabilities as OverviewSource["capabilities"],
    freshness: worstFreshness(collections.map(({ freshness }) => freshness)),
    collections,
    problems: problems.toSorted(
      (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
    ),
  };
}

async function toCollection(
  signal: Signal,
  row: SourceRow["collections"][number],
  now: Date,
): Promise<OverviewCollection> {
  const { sourceId, intervalMs } = row;
  return {
    signal: signal.id,
    title: signal.title,
    trend: await readTrend({ signal, sourceId, intervalMs, now }),
    freshness: freshnessOf(row, now),
    intervalSeconds: row.intervalMs / 1000,
    lastAttemptAt: row.lastAttemptAt.toISOString(),
    lastSuccessAt: row.lastSuccessAt?.toISOString() ?? null,
    blindSince: row.blindSince?.toISOString() ?? null,
    durationMs: row.durationMs,
    reason: row.reason,
    message: row.message,
    unread: row.unread as string[],
    cost: row.cost as OverviewCollection["cost"],
  };
}

function toProblem(row: SourceRow["problems"][number]): OverviewProblem {
  return {
    signal: row.signal,
    type: row.type,
    entity: row.entity,
    severity: row.severity as OverviewProblem["severity"],
    title: row.title,
    href: row.href,
    since: row.since.toISOString(),
  };
}
