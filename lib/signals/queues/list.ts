import { z } from "zod";
import { AppError } from "#lib/core/errors.ts";
import { storableText } from "#lib/core/parse.ts";
import { sql } from "#lib/db/sql.ts";
import { FLAGS, type ListParams, MIN_FAILURE_RATIO, MIN_FINISHED, SORTS } from "./schema.ts";
import type { StoredQueue } from "./stored.ts";

/** A queue with its source, as stored. */
export interface ListedQueue {
  key: string;
  data: StoredQueue;
  observedAt: Date;
  sourceId: string;
  source: string;
  labels: Record<string, string>;
}

const number = (path: string): string => `(e.data #>> '{${path}}')::float8`;

/** What each sort key compares; null (unknown) comes last in both directions. */
const SORT_SQL: Record<(typeof SORTS)[number], { value: string; type: "float8" | "text" }> = {
  name: { value: "lower(e.data ->> 'name')", type: "text" },
  source: { value: "s.name", type: "text" },
  backlog: { value: number("backlog"), type: "float8" },
  active: { value: number("counts,active"), type: "float8" },
  delayed: { value: number("counts,delayed"), type: "float8" },
  failed: { value: number("counts,failed"), type: "float8" },
  oldest: { value: number("oldestWaitingSeconds,value"), type: "float8" },
  throughput: { value: number("finished,completedPerMinute"), type: "float8" },
  failure_ratio: { value: number("finished,failureRatio"), type: "float8" },
  workers: { value: number("workers"), type: "float8" },
  wait: { value: number("times,wait,p95"), type: "float8" },
  amplification: { value: number("retries,amplification"), type: "float8" },
};

const FLAG_SQL: Record<(typeof FLAGS)[number], string> = {
  storm: "jsonb_typeof(e.data #> '{retries,storm}') = 'object'",
  unattended: "(e.data ->> 'unattended')::boolean",
  late: `${number("oldestWaitingSeconds,value")} > ${number("objectiveSeconds")}`,
  failing: `${number("finished,failureRatio")} >= ${MIN_FAILURE_RATIO}
    AND ${number("finished,completed")} + ${number("finished,failed")} >= ${MIN_FINISHED}`,
  retrying: `${number("retries,budget,hour,used")} > 1`,
  paused: "(e.data ->> 'paused')::boolean",
  read_only: "e.data ->> 'readOnlyBecause' IS NOT NULL",
};

/** Where the next page starts: the last row's sort value, then its source and key, which make it unique. */
const cursorSchema = z.tuple([
  z.union([storableText, z.number(), z.null()]),
  storableText,
  storableText,
]);
type Cursor = z.infer<typeof cursorSchema>;

const FROM = `FROM entity e JOIN source s ON s.id = e.source_id AND s.enabled
  WHERE e.signal = 'queues' AND ($1::text IS NULL OR s.name = $1)
    AND ($2::text IS NULL OR strpos(lower(e.key), lower($2)) > 0)`;

/** One page, keyset: a row that changes its place between two pages is at worst seen twice. */
export async function listQueues(params: ListParams): Promise<{
  rows: ListedQueue[];
  nextCursor: string | null;
  total: number;
  sources: string[];
}> {
  const { value, type } = SORT_SQL[params.sort];
  const flag = params.flag ? `AND (${FLAG_SQL[params.flag]})` : "";
  const filter = [params.source ?? null, params.q ?? null];
  const after = params.cursor ? decode(params.cursor, type) : null;
  const page = await sql.query<ListedQueue & { sortValue: string | number | null }>(
    `SELECT e.key, e.data, e.observed_at AS "observedAt", s.id AS "sourceId", s.name AS source, s.labels, ${value} AS "sortValue"
     ${FROM} ${flag} ${after ? behind(value, type, params.dir, after) : ""}
     ORDER BY ${value} ${params.dir} NULLS LAST, s.name, e.key LIMIT $3`,
    [...filter, params.limit + 1, ...(after ?? [])],
  );
  const count = await sql.query<{ total: number }>(
    `SELECT count(*)::int AS total ${FROM} ${flag}`,
    filter,
  );
  const names = await sql.query<{ name: string }>(
    "SELECT name FROM source WHERE enabled AND kind IN ('bullmq', 'bullmq_postgres') ORDER BY name",
  );
  const rows = page.rows.slice(0, params.limit);
  const last = page.rows.length > rows.length ? rows.at(-1) : undefined;
  return {
    rows,
    nextCursor: last ? encode([last.sortValue, last.source, last.key]) : null,
    total: count.rows[0]?.total ?? 0,
    sources: names.rows.map(({ name }) => name),
  };
}

function behind(value: string, type: string, dir: "asc" | "desc", [last]: Cursor): string {
  const later = "(s.name, e.key) > ($5, $6)";
  if (last === null) return `AND $4::text IS NULL AND ${value} IS NULL AND ${later}`;
  const further = dir === "asc" ? ">" : "<";
  return `AND (${value} ${further} $4::${type} OR ${value} = $4::${type} AND ${later} OR ${value} IS NULL)`;
}

const encode = (cursor: Cursor): string =>
  Buffer.from(JSON.stringify(cursor)).toString("base64url");

function decode(text: string, type: "float8" | "text"): Cursor {
  const fits = type === "text" ? "string" : "number";
  try {
    const cursor = cursorSchema.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
    if (cursor[0] === null || typeof cursor[0] === fits) return cursor;
  } catch {
    // Told below, like a cursor of another sort order.
  }
  throw new AppError("bad_request", "This page no longer exists", {
    remedy: "Go back to the first page.",
  });
}

/** One queue, or null. */
export async function findQueue(source: string, key: string): Promise<ListedQueue | null> {
  const { rows } = await sql.query<ListedQueue>(
    `SELECT e.key, e.data, e.observed_at AS "observedAt", s.id AS "sourceId", s.name AS source, s.labels
     FROM entity e JOIN source s ON s.id = e.source_id AND s.enabled
     WHERE e.signal = 'queues' AND s.name = $1 AND e.key = $2`,
    [source, key],
  );
  return rows[0] ?? null;
}
