import { csvLine } from "#lib/core/csv.ts";
import type { Json } from "#lib/core/json.ts";

type Row = Readonly<Record<string, Json>>;

/** Rows as CSV with a header line of every column that occurs. */
export function toCsv(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return [columns, ...rows.map((row) => columns.map((name) => row[name]))].map(csvLine).join("");
}

/** A CSV answer that browsers save as `<name>.csv`. */
export function csvResponse(rows: readonly Row[], name: string, truncated: boolean): Response {
  return new Response(toCsv(rows), {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${name}.csv"`,
      // Said in a header, so that the file holds rows only.
      "x-plumbline-truncated": String(truncated),
    },
  });
}
