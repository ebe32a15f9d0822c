import { Readable } from "node:stream";
import { csvLine } from "#lib/core/csv.ts";
import { listAudit } from "./read.ts";
import { type AuditParams, type AuditRow, auditRowSchema } from "./schema.ts";

const COLUMNS = Object.keys(auditRowSchema.shape) as (keyof AuditRow)[];
const PAGE = 500;

export type AuditFormat = "csv" | "ndjson";

/** Every event of the filter, page by page, so that a long log never has to fit in memory. */
export function exportAudit(params: AuditParams, format: AuditFormat, now: Date): Response {
  const lines = format === "csv" ? csv(params, now) : ndjson(params, now);
  const text = Readable.toWeb(Readable.from(lines)) as ReadableStream<string>;
  return new Response(text.pipeThrough(new TextEncoderStream()), {
    headers: {
      "content-type": format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson",
      "content-disposition": `attachment; filename="plumbline-audit-${now.toISOString().slice(0, 10)}.${format}"`,
    },
  });
}

async function* csv(params: AuditParams, now: Date): AsyncGenerator<string> {
  yield csvLine(COLUMNS);
  for await (const row of allRows(params, now)) yield csvLine(COLUMNS.map((column) => row[column]));
}

async function* ndjson(params: AuditParams, now: Date): AsyncGenerator<string> {
  for await (const row of allRows(params, now)) yield `${JSON.stringify(row)}\n`;
}

async function* allRows(params: AuditParams, now: Date): AsyncGenerator<AuditRow> {
  let cursor: string | null | undefined = params.cursor;
  do {
    const page = await listAudit({ ...params, ...(cursor ? { cursor } : {}), limit: PAGE }, now);
    yield* page.rows;
    cursor = page.nextCursor;
  } while (cursor);
}
