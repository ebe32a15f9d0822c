import { sql } from "#lib/db/sql.ts";
import { defineRead, type ReadContext } from "#lib/signals/define.ts";
import { freshnessOfSignal } from "#lib/signals/freshness.ts";
import { letterRows } from "./rows.ts";
import { type ListParams, listParamsSchema, listSchema } from "./schema.ts";
import { decodeCursor, encodeCursor } from "./search/cursor.ts";
import { sharedBySearchers } from "./search/meaning.ts";
import { findPage } from "./search/page.ts";
import { prepare } from "./search/prepare.ts";
import { unseenNote } from "./search/unseen.ts";

/** Dead letters that a search finds, newest or oldest first. */
export const list = defineRead({
  params: listParamsSchema,
  data: listSchema,
  sharedBy: sharedBySearchers,
  run: readList,
});

async function readList({ actor, now }: ReadContext, params: ListParams) {
  const { q, dir, limit, cursor } = params;
  const after = cursor === undefined ? null : decodeCursor(cursor);
  const prepared = await prepare(sql, q, { actor, now });
  const page = await findPage(prepared, { dir, limit, after });
  const cut = page.searchedTo && cutNote(page.searchedTo, dir);
  const [rows, freshness] = await Promise.all([
    letterRows(
      sql,
      page.found.map(({ id }) => id),
    ),
    freshnessOfSignal("deadletters", null, now),
  ]);
  const data = {
    rows,
    nextCursor: page.next && encodeCursor(page.next),
    total: page.total,
    complaints: prepared.meaning.complaints,
    note: cut ?? (await unseenNote(prepared.meaning)),
  };
  return { data, ...freshness };
}

function cutNote(to: Date, dir: "asc" | "desc"): string {
  const time = to.toISOString().slice(0, 16).replace("T", " ");
  return `No index helps with this search: it went ${dir === "desc" ? "back" : "on"} to ${time} UTC. Load more to go on.`;
}
