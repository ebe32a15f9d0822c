import { sql, type Sql } from "#lib/db/sql.ts";
import type { MetricFamily, MetricValue } from "./define.ts";

type Labels = Readonly<Record<string, string>>;

/** Adds to a durable counter in the caller's transaction, so that what is counted and its count cannot part. */
export async function increment(tx: Sql, name: string, labels: Labels, by = 1): Promise<void> {
  await tx.query(
    `INSERT INTO metric_value (name, labels, value) VALUES ($1, $2, $3)
     ON CONFLICT (name, labels) DO UPDATE SET value = metric_value.value + EXCLUDED.value`,
    [name, JSON.stringify(labels), by],
  );
}

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

/** Adds one observation to a durable histogram: every bucket at or above it, the sum and the count. */
export function observe(
  tx: Sql,
  name: string,
  labels: Labels,
  bounds: readonly number[],
  value: number,
): Promise<void> {
  return observeMany(tx, name, labels, bounds, [{ value, weight: 1 }]);
}

/** Adds many observations at once. One that stands for several counts as often; the weights of all are rounded together. */
export async function observeMany(
  tx: Sql,
  name: string,
  labels: Labels,
  bounds: readonly number[],
  values: readonly { value: number; weight: number }[],
): Promise<void> {
  if (values.length === 0) return;
  const upTo = (bound: number): number =>
    values.reduce((sum, { value, weight }) => (value <= bound ? sum + weight : sum), 0);
  const all = Math.round(upTo(Number.POSITIVE_INFINITY));
  const sum = values.reduce((total, { value, weight }) => total + value * weight, 0);
  const rows: [part: string, labels: Labels, by: number][] = [
    ...bounds.map((bound): [string, Labels, number] => [
      "bucket",
      { ...labels, le: String(bound) },
      Math.round(upTo(bound)),
    ]),
    ["bucket", { ...labels, le: "+Inf" }, all],
    ["sum", labels, sum],
    ["count", labels, all],
  ];
  await tx.query(
    `INSERT INTO metric_value (name, labels, value) SELECT * FROM unnest($1::text[], $2::jsonb[], $3::float8[])
     ON CONFLICT (name, labels) DO UPDATE SET value = metric_value.value + EXCLUDED.value`,
    [
      rows.map(([part]) => `${name}_${part}`),
      rows.map(([, label]) => JSON.stringify(label)),
      rows.map(([, , by]) => by),
    ],
  );
}

async function readValues(name: string): Promise<MetricValue[]> {
  const { rows } = await sql.query<{ labels: Record<string, string>; value: number }>(
    `SELECT labels, value FROM metric_value WHERE name = $1 ORDER BY (labels - 'le')::text, (labels->>'le')::float8`,
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
