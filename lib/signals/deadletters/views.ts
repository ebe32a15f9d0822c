import { z } from "zod";
import { sql } from "#lib/db/sql.ts";
import { defineRead } from "#lib/signals/define.ts";
import { freshnessOfSignal } from "#lib/signals/freshness.ts";
import { viewsSchema } from "./schema.ts";
import { readableBy, sharedBySearchers } from "./search/meaning.ts";

interface Row {
  id: string;
  name: string;
  query: string;
  createdBy: string;
  createdAt: Date;
}

/** Searches that somebody keeps under a name, for everybody. */
export const views = defineRead({
  params: z.object({}),
  data: viewsSchema,
  sharedBy: sharedBySearchers,
  async run({ actor, now }) {
    const { rows } = await sql.query<Row>(
      `SELECT id, name, query, created_by AS "createdBy", created_at AS "createdAt" FROM deadletters_view ORDER BY lower(name), id`,
    );
    const freshness = await freshnessOfSignal("deadletters", null, now);
    const shown = rows.map((row) => ({
      ...row,
      query: readableBy(actor, row.query),
      createdAt: row.createdAt.toISOString(),
    }));
    return { data: { rows: shown }, ...freshness };
  },
});
