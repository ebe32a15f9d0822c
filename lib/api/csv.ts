import type { Json } from "#lib/core/json.ts";

/** Spreadsheets run cells that start like this as formulas. */
const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

type Row = Readonly<Record<string, Json>>;

/** Rows as CSV (RFC 4180) with a header line; nested values are JSON. Text that a spreadsheet would run gets a leading `'`. */
export function toCsv(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [
    columns.map(cell),
    ...rows.map((row) => columns.map((name) => cell(row[name] ?? null))),
  ];
  return `${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
}

function cell(value: Json): string {
  if (value === null) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const safe = typeof value !== "number" && FORMULA.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
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
