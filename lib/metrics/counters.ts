import { canonicalJson } from "#lib/core/json.ts";
import { sql, type Sql } from "#lib/db/sql.ts";
import type { MetricFamily, MetricValue } from "./define.ts";

type Labels = Readonly<Record<string, string>>;

/** What is to be added to one durable value. */
export interface Addition {
  name: string;
  labels: Labels;
  by: number;
}

/** Adds to many durable values at once, in the caller's transaction, so that what is counted and its count cannot part. */
export async function addAll(tx: Sql, additions: readonly Addition[]): Promise<void> {
  const sums = new Map<string, Addition & { text: string }>();
  for (const { name, labels, by } of additions) {
    const text = canonicalJson(labels);
    const before = sums.get(`${name} ${text}`)?.by ?? 0;
    sums.set(`${name} ${text}`, { name, labels, by: before + by, text });
  }
  const rows = [...sums.values()];
  await tx.query(
    `INSERT INTO metric_value (name, labels, value) SELECT * FROM unnest($1::text[], $2::jsonb[], $3::float8[])
     ON CONFLICT (name, labels) DO UPDATE SET value = metric_value.value + EXCLUDED.value`,
    [rows.map(({ name }) => name), rows.map(({ text }) => text), rows.map(({ by }) => by)],
  );
}

/** Adds to a durable counter. */
export const increment = (tx: Sql, name: string, labels: Labels, by = 1): Promise<void> =>
  addAll(tx, [{ name, labels, by }]);

/** Sets a durable gauge. */
export async function setGauge(
  tx: Sql,
  name: string,
  labels: Labels,
  value: number,
): Promise<void> {
  await tx.query(
    `INSERT INTO metric_value (name, labels, value) VALUES ($1, $2, $3)
     ON CONFLICT (name, labels) DO UPDATE SET value = EXCLUDED.value`,
    [name, JSON.stringify(labels), value],
  );
}

/** Adds one observation to a durable histogram. */
export const observe = (
  tx: Sql,
  name: string,
  labels: Labels,
  bounds: readonly number[],
  value: number,
): Promise<void> => addAll(tx, observations(name, labels, bounds, [{ value, weight: 1 }]));

/**
 * What observations add to a histogram: every bucket at or above them, the sum and the count. One that stands for several counts
 * as often; the weights of all are rounded together.
 */
export function observations(
  name: string,
  labels: Labels,
  bounds: readonly number[],
  values: readonly { value: number; weight: number }[],
): Addition[] {
  if (values.length === 0) return [];
  const upTo = (bound: number): number =>
    Math.round(values.reduce((sum, { value, weight }) => (value <= bound ? sum + weight : sum), 0));
  const bucket = (le: string, by: number): Addition => ({
    name: `${name}_bucket`,
    labels: { ...labels, le },
    by,
  });
  const all = upTo(Number.POSITIVE_INFINITY);
  const sum = values.reduce((total, { value, weight }) => total + value * weight, 0);
  return [
    ...bounds.map((bound) => bucket(String(bound), upTo(bound))),
    bucket("+Inf", all),
    { name: `${name}_sum`, labels, by: sum },
    { name: `${name}_count`, labels, by: all },
  ];
}

/** What was counted of a source that is not configured any more stays, but it is nobody's business on a scrape. */
async function readValues(name: string): Promise<MetricValue[]> {
  const { rows } = await sql.query<{ labels: Record<string, string>; value: number }>(
    `SELECT labels, value FROM metric_value
     WHERE name = $1 AND coalesce(labels ->> 'source', '') NOT IN (SELECT s.name FROM source s WHERE NOT s.enabled)
     ORDER BY (labels - 'le')::text, (labels->>'le')::float8`,
    [name],
  );
  return rows;
}

/** A family whose values are the durable ones of the same name. */
export function storedFamily(family: Omit<MetricFamily, "read">): MetricFamily {
  if (family.type !== "histogram") return { ...family, read: () => readValues(family.name) };
  const part = async (suffix: "bucket" | "sum" | "count"): Promise<MetricValue[]> => {
    const values = await readValues(`${family.name}_${suffix}`);
    return values.map((value) => ({ ...value, part: suffix }));
  };
  return {
    ...family,
    read: async () => (await Promise.all([part("bucket"), part("sum"), part("count")])).flat(),
  };
}
