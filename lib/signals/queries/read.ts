import { requireRange } from "#lib/core/range.ts";
import { HOUR, SECOND } from "#lib/core/time.ts";
import { defineRead, type ReadContext } from "#lib/signals/define.ts";
import { freshnessOfSignal } from "#lib/signals/freshness.ts";
import { readDetail } from "./detail.ts";
import { readHistory } from "./history.ts";
import { decodeCursor, encodeCursor, toRow } from "./rows.ts";
import { type ListParams, listParamsSchema, listSchema } from "./schema.ts";
import { listStatements, readSparks, type StatementRow } from "./store/list.ts";
import {
  readChoices,
  readCoverage,
  readEvictions,
  readSeconds,
  readTotals,
} from "./store/totals.ts";
import { bucketWidth, type Part, type Window, windowParts } from "./store/window.ts";

const SPARK_POINTS = 30;

export const list = defineRead({ params: listParamsSchema, data: listSchema, run: readList });
export const get = readDetail;
export const series = readHistory;

async function readList({ now }: ReadContext, params: ListParams) {
  const after = params.cursor ? decodeCursor(params.cursor) : null;
  const { from, to } = after ?? requireRange(params.range, now);
  const window = { from, to };
  const parts = windowParts(window, now);
  const { sort, dir, limit, source } = params;
  const [found, totals, seconds, evictions, choices, freshness] = await Promise.all([
    listStatements(parts, params, { sort, dir, limit, after }),
    readTotals(window, params),
    readSeconds(window),
    readEvictions(window, source),
    readChoices(source),
    freshnessOfSignal("queries", source ?? null, now),
  ]);
  const page = found.slice(0, limit);
  const sparks = await sparksOf(
    page,
    window,
    now,
    sparkPoints(window, parts, freshness.intervalSeconds * SECOND),
  );
  const rows = page.map((row) => {
    const context = { window, seconds: seconds.get(row.sourceId) ?? 0, totalMs: totals.execMs };
    return { ...toRow(row, context), spark: sparks(row) };
  });
  const last = page.at(-1);
  const data = {
    rows,
    nextCursor:
      found.length > limit && last
        ? encodeCursor({ ...window, value: last.sortValue, id: last.id })
        : null,
    from: from.toISOString(),
    to: to.toISOString(),
    totals: { ...totals, seconds: Math.max(0, ...seconds.values()), evictions },
    ...choices,
  };
  return { data, ...freshness };
}

/** At most 30, and none narrower than what its data is kept by: else every other one would look like a gap. */
function sparkPoints({ from, to }: Window, parts: readonly Part[], intervalMs: number): number {
  const hours = parts.some(({ table }) => table === "queries_delta_1h");
  const narrowest = hours ? HOUR : bucketWidth(intervalMs);
  const fitting = Math.floor((to.getTime() - from.getTime()) / narrowest);
  return Math.max(1, Math.min(SPARK_POINTS, fitting));
}

/** A part without work is 0 where somebody looked, and a gap where nobody did. */
async function sparksOf(page: readonly StatementRow[], window: Window, now: Date, count: number) {
  const parts = windowParts(window, now);
  const [work, coverage] = await Promise.all([
    readSparks(
      page.map((row) => row.id),
      parts,
      { ...window, count },
    ),
    readCoverage(window, count),
  ]);
  return (row: StatementRow): (number | null)[] =>
    Array.from({ length: count }, (_, at) => {
      const ms = work.get(row.id)?.get(at);
      return ms ?? (coverage.get(row.sourceId)?.has(at) ? 0 : null);
    });
}
