import { HOUR } from "#lib/core/time.ts";
import { Parameters } from "#lib/db/parameters.ts";
import { sql } from "#lib/db/sql.ts";
import { COUNTERS } from "../counters.ts";
import type { WorkRow } from "./list.ts";
import { type Window, windowParts } from "./window.ts";

export interface Bucket {
  /** Seconds observed of the source; 0 = nobody looked. */
  seconds: number;
  /** Null when the statement did not run. */
  work: WorkRow | null;
}

interface BucketQuery extends Window {
  bucketMs: number;
  now: Date;
}

const SUMS = COUNTERS.map((name) => `sum(d.${name}) AS ${name}`).join(", ");

/** A statement's work per bucket, by the bucket's start in ms since 1970. */
export async function readBuckets(
  statementId: string,
  sourceId: string,
  query: BucketQuery,
): Promise<Map<number, Bucket>> {
  const [work, seconds] = await Promise.all([
    readWork(statementId, query),
    readSeconds(sourceId, query),
  ]);
  return new Map(
    [...seconds].map(([at, observed]) => [at, { seconds: observed, work: work.get(at) ?? null }]),
  );
}

async function readWork(statementId: string, query: BucketQuery): Promise<Map<number, WorkRow>> {
  const params = new Parameters();
  const width = params.add(`${query.bucketMs} milliseconds`);
  const id = params.add(statementId);
  // Hours cannot be cut into smaller buckets.
  const parts =
    query.bucketMs % HOUR === 0
      ? windowParts(query, query.now)
      : [{ ...query, table: "queries_delta" }];
  const rows = parts.map(
    ({
      table,
      from,
      to,
    }) => `SELECT at, ${COUNTERS.join(", ")} FROM ${table} WHERE statement_id = ${id}::bigint
      AND at >= ${params.add(from)} AND at < ${params.add(to)}`,
  );
  const found = await sql.query<WorkRow & { bucket: Date }>(
    `SELECT date_bin(${width}::interval, d.at, 'epoch'::timestamptz) AS bucket, ${SUMS} FROM (${rows.join(" UNION ALL ")}) d GROUP BY 1`,
    params.values,
  );
  return new Map(found.rows.map(({ bucket, ...row }) => [bucket.getTime(), row]));
}

async function readSeconds(
  sourceId: string,
  { from, to, bucketMs }: BucketQuery,
): Promise<Map<number, number>> {
  const { rows } = await sql.query<{ bucket: Date; seconds: number }>(
    `SELECT bucket, max(seconds) AS seconds FROM
       (SELECT dbid, date_bin($4::interval, at, 'epoch'::timestamptz) AS bucket, sum(seconds) AS seconds FROM queries_database_delta
        WHERE source_id = $1 AND at >= $2 AND at < $3 GROUP BY 1, 2) d GROUP BY 1`,
    [sourceId, from, to, `${bucketMs} milliseconds`],
  );
  return new Map(rows.map((row) => [row.bucket.getTime(), row.seconds]));
}
