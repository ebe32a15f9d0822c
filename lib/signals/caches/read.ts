import { requireRange } from "#lib/core/range.ts";
import { sql } from "#lib/db/sql.ts";
import { defineRead, type ReadContext } from "#lib/signals/define.ts";
import { freshnessOfSignal } from "#lib/signals/freshness.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { readDetail } from "./detail.ts";
import { readHistory } from "./history.ts";
import { readNotes } from "./notes.ts";
import { readSparks, toRow } from "./rows.ts";
import { type ListParams, listParamsSchema, listSchema } from "./schema.ts";
import { countCaches, selectPage, type Selection, sortType } from "./select.ts";

/** Keyset pages of 50; sorted by sums over the window, which the cursor keeps. */
export const list = defineRead({ params: listParamsSchema, data: listSchema, run: readList });
export const get = readDetail;
export const series = readHistory;

async function readList({ now }: ReadContext, params: ListParams) {
  const { sort, dir, limit, source } = params;
  const cursor = params.cursor ? decodeCursor(params.cursor, sortType(sort)) : null;
  const { from, to } = cursor?.window ?? requireRange(params.range, now);
  const window = { from, to };
  const selection = selectionOf(params);
  const order = { sort, dir, limit, after: cursor?.position ?? null };
  const [found, total, names, notes, freshness] = await Promise.all([
    selectPage(sql, window, { selection, order, now }),
    countCaches(sql, selection),
    sourceNames(),
    readNotes(source ?? null),
    freshnessOfSignal("caches", source ?? null, now),
  ]);
  const page = found.slice(0, limit);
  const sparkOf = await readSparks(page, window, now);
  const last = found.length > limit ? page.at(-1) : undefined;
  const data = {
    rows: page.map((cache) => ({ ...toRow(cache), spark: sparkOf(cache) })),
    nextCursor: last
      ? encodeCursor({ window, position: { ...last, value: last.sortValue } })
      : null,
    from: from.toISOString(),
    to: to.toISOString(),
    total,
    sources: names,
    notes,
  };
  return { data, ...freshness };
}

function selectionOf({ source, kind, parent, main, q }: ListParams): Selection {
  return { source, parent, q, main: main !== undefined, ...(kind && { kinds: [kind] }) };
}

async function sourceNames(): Promise<string[]> {
  const { rows } = await sql.query<{ name: string }>(
    "SELECT name FROM source WHERE enabled AND kind IN ('postgres', 'redis') ORDER BY name",
  );
  return rows.map(({ name }) => name);
}
