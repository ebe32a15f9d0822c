import { requireRange } from "#lib/core/range.ts";
import { SECOND } from "#lib/core/time.ts";
import { bucketFor } from "#lib/samples/read.ts";
import { defineRead } from "#lib/signals/define.ts";
import { freshnessOfSignal } from "#lib/signals/freshness.ts";
import { findRow } from "./detail.ts";
import { planWord } from "./plan/shape.ts";
import { toWork } from "./rows.ts";
import { type QueryPoint, seriesParamsSchema, seriesSchema } from "./schema.ts";
import { readBuckets } from "./store/history.ts";
import { readPlans } from "./store/planned.ts";
import { bucketWidth } from "./store/window.ts";

export const readHistory = defineRead({
  params: seriesParamsSchema,
  data: seriesSchema,
  async run({ now }, { id, range }) {
    const { from, to } = requireRange(range, now);
    const { source, sourceId, blockSize } = await findRow(id, { from, to }, now);
    const freshness = await freshnessOfSignal("queries", source, now);
    const bucketMs = bucketFor({ from, to }, bucketWidth(freshness.intervalSeconds * SECOND));
    const [buckets, { plans }] = await Promise.all([
      readBuckets(id, sourceId, { from, to, bucketMs, now }),
      readPlans(id, now),
    ]);
    const first = Math.floor(from.getTime() / bucketMs);
    const points: QueryPoint[] = [];
    for (let at = first * bucketMs; at < to.getTime(); at += bucketMs)
      points.push(toPoint(at, buckets.get(at), blockSize));
    const planChanges = plans
      .filter((plan) => plan.currentSince >= from && plan.currentSince < to)
      .filter((plan) => plans.some((other) => other.firstSeen < plan.currentSince))
      .map((plan) => ({
        at: plan.currentSince.toISOString(),
        label: planWord(plan.tree),
      }));
    return { data: { bucketMs, points, planChanges }, ...freshness };
  },
});

type Buckets = Awaited<ReturnType<typeof readBuckets>>;

function toPoint(at: number, bucket: ReturnType<Buckets["get"]>, blockSize: number): QueryPoint {
  const time = new Date(at).toISOString();
  const seconds = bucket?.seconds ?? 0;
  if (!bucket || seconds === 0) return { at: time, ...NOT_OBSERVED };
  const work = bucket.work ? toWork(bucket.work, blockSize) : null;
  return {
    at: time,
    callsPerSecond: (work?.calls ?? 0) / seconds,
    meanMs: work?.meanMs ?? null,
    rowsPerSecond: (work?.rows ?? 0) / seconds,
    hitRatio: work?.hitRatio ?? null,
    readMsPerSecond: perSecond(work ? work.readMs : 0, seconds),
    readBytesPerSecond: (work?.readBytes ?? 0) / seconds,
    tempBytesPerSecond: (work?.tempBytes ?? 0) / seconds,
  };
}

const perSecond = (value: number | null, seconds: number): number | null =>
  value === null ? null : value / seconds;

const NOT_OBSERVED = {
  callsPerSecond: null,
  meanMs: null,
  rowsPerSecond: null,
  hitRatio: null,
  readMsPerSecond: null,
  readBytesPerSecond: null,
  tempBytesPerSecond: null,
};
