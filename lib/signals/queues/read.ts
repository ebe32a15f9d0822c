import { AppError } from "#lib/core/errors.ts";
import { requireRange } from "#lib/core/range.ts";
import { HOUR, MINUTE, SECOND } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import { readSeries } from "#lib/samples/read.ts";
import { defineRead, defineReadOne, type ReadContext } from "#lib/signals/define.ts";
import { freshnessOfSignal } from "#lib/signals/freshness.ts";
import { z } from "zod";
import { queueId, splitQueueId } from "#lib/sources/bullmq/queue-ids.ts";
import { queueLabel } from "#lib/sources/bullmq/queue-label.ts";
import { findQueue, type ListedQueue, listQueues } from "./list.ts";
import { jobsOf } from "./retries/arithmetic.ts";
import { readServices } from "./retries/services.ts";
import {
  type ListParams,
  listParamsSchema,
  listSchema,
  type QueueDetail,
  queueDetailSchema,
  type QueueRow,
  seriesParamsSchema,
  seriesSchema,
} from "./schema.ts";
import { freshnessOfQueue, staleQueues } from "./stale.ts";
import type { StoredQueue } from "./stored.ts";

export const list = defineRead({ params: listParamsSchema, data: listSchema, run: readList });

async function readList({ now }: ReadContext, params: ListParams) {
  const { rows, ...rest } = await listQueues(params);
  const sparks = await readSparks(rows, now);
  const freshness = await freshnessOfSignal("queues", params.source ?? null, now);
  const services = await readServices(now);
  const isStale = await staleQueues(sql, now);
  const data = { rows: rows.map((row) => toRow(row, sparks, isStale(row))), services, ...rest };
  return { data, ...freshness };
}

export const get = defineReadOne({
  params: z.object({}),
  data: queueDetailSchema,
  async run({ now }, id) {
    const { source, key } = splitQueueId(id);
    const found = await findQueue(source, key);
    if (!found) throw noSuchQueue(key, source);
    const { name, globalConcurrency, rateLimit, limiter, retries, policies, findings } = found.data;
    const stale = (await staleQueues(sql, now))(found);
    const detail = {
      ...toRow(found, await readSparks([found], now), stale),
      labels: found.labels,
      globalConcurrency,
      rateLimit,
      limiter: limiter ?? null,
      breaker: queueLabel(found.labels, "breaker", name),
      retries,
      policies,
      findings,
      problems: await problemsOf(found),
    };
    return { data: detail, ...(await freshnessOfQueue(found, stale, now)) };
  },
});

const CHARTED = [
  "waiting",
  "prioritized",
  "paused",
  "active",
  "delayed",
  "failed",
  "retrying",
  "oldest_waiting_s",
  "workers",
  "finished_ok",
  "finished_failed",
  "first_attempts",
  "repeats",
  "stalls",
  "wait_p50_s",
  "wait_p95_s",
  "run_p50_s",
  "run_p95_s",
  "amplification",
  "amplification_expected",
];

/** What adds up over a bucket; everything else is a level. */
const SUMMED = new Set(["finished_ok", "finished_failed", "first_attempts", "repeats", "stalls"]);

export const series = defineRead({
  params: seriesParamsSchema,
  data: seriesSchema,
  async run({ now }, { id, range }) {
    const { source, key } = splitQueueId(id);
    const found = await findQueue(source, key);
    if (!found) throw noSuchQueue(key, source);
    const stale = (await staleQueues(sql, now))(found);
    const freshness = await freshnessOfQueue(found, stale, now);
    const wanted = {
      sourceId: found.sourceId,
      signal: "queues",
      entities: [key],
      metrics: CHARTED,
    };
    const intervalMs = freshness.intervalSeconds * SECOND;
    const { from, to } = requireRange(range, now);
    const result = await readSeries(sql, { ...wanted, from, to, intervalMs, now });
    const charted = result.series.map(({ metric, points }) => ({
      metric,
      points: points.map((point) => ({
        at: point.at,
        value: SUMMED.has(metric) ? point.sum : point.mean,
      })),
    }));
    return { data: { bucketSeconds: result.bucketMs / SECOND, series: charted }, ...freshness };
  },
});

function toRow(
  found: ListedQueue,
  sparks: ReadonlyMap<string, QueueRow["spark"]>,
  stale: boolean,
): QueueRow {
  const {
    cursor: _cursor,
    unattendedSince: _since,
    retries,
    policies: _policies,
    findings: _findings,
    globalConcurrency: _concurrency,
    rateLimit: _limit,
    limiter: _limiter,
    ...shown
  } = found.data;
  const { key, source, sourceId } = found;
  return {
    ...shown,
    amplification: retries?.amplification ?? null,
    amplificationUnknown: unknownBecause(retries),
    storm: retries && retries.storm !== null,
    id: queueId(source, key),
    key,
    source,
    sourceId,
    spark: sparks.get(queueId(source, key)) ?? [],
    observedAt: found.observedAt.toISOString(),
    stale,
  };
}

function unknownBecause(retries: StoredQueue["retries"]): string | null {
  if (!retries) return "no events read yet";
  if (retries.amplification !== null) return null;
  return `too few jobs (n=${Math.round(jobsOf(retries.attempts))})`;
}

/** The backlog of the last hour in 30 steps, for the rows of one page. */
async function readSparks(rows: readonly ListedQueue[], now: Date) {
  const sparks = new Map<string, QueueRow["spark"]>();
  const range = { from: new Date(now.getTime() - HOUR), to: now };
  for (const [sourceId, own] of Map.groupBy(rows, (row) => row.sourceId)) {
    const wanted = {
      sourceId,
      signal: "queues",
      entities: own.map(({ key }) => key),
      metrics: ["backlog"],
    };
    const { series: read } = await readSeries(sql, {
      ...wanted,
      ...range,
      intervalMs: 2 * MINUTE,
      now,
    });
    const source = own[0]?.source ?? "";
    for (const { entity, points } of read) {
      sparks.set(
        queueId(source, entity),
        points.map((point) => point.mean),
      );
    }
  }
  return sparks;
}

type Shown = QueueDetail["problems"][number];

/** Of its jobs and of its failures: both signals name a queue by its key. */
async function problemsOf({ sourceId, key }: ListedQueue) {
  const { rows } = await sql.query<Omit<Shown, "since"> & { since: Date }>(
    `SELECT type, severity, title, href, since FROM problem
     WHERE source_id = $1 AND signal IN ('queues', 'deadletters') AND entity = $2 AND closed_at IS NULL ORDER BY since`,
    [sourceId, key],
  );
  return rows.map((row) => ({ ...row, since: row.since.toISOString() }));
}

function noSuchQueue(key: string, source: string): AppError {
  return new AppError("not_found", `There is no queue ${key} on ${source}`, {
    detail: "It was never found there, or it is gone: no key of it is left.",
    remedy: "See the list of queues.",
  });
}
