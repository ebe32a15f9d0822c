import { env } from "#lib/config/env.ts";
import { sql } from "#lib/db/sql.ts";
import { storedFamily } from "./counters.ts";
import type { MetricFamily } from "./define.ts";
import manifest from "../../package.json" with { type: "json" };

/** Upper bounds in seconds for how long one collection takes. */
export const COLLECT_SECONDS_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface SourceRow {
  source: string;
  kind: string;
  interval_seconds: number;
  last_success_seconds: number | null;
  up: boolean;
}

/**
 * A source is up while its newest collection succeeded less than two intervals ago, and none of its signals is blind.
 * Judged by age as well, so that a dead worker cannot leave it up.
 */
async function sources(now: Date): Promise<SourceRow[]> {
  const { rows } = await sql.query<SourceRow>(
    `SELECT s.name AS source, s.kind, min(c.interval_ms) / 1000.0::float8 AS interval_seconds,
       extract(epoch FROM max(c.last_success_at))::float8 AS last_success_seconds,
       bool_and(c.blind_since IS NULL) AND max(c.last_success_at) > $1::timestamptz - make_interval(secs => 2 * min(c.interval_ms) / 1000.0) AS up
     FROM source s JOIN collection c ON c.source_id = s.id WHERE s.enabled GROUP BY s.id ORDER BY s.name`,
    [now],
  );
  return rows;
}

function perSource(
  name: string,
  help: string,
  value: (row: SourceRow) => number | null,
): MetricFamily {
  return {
    name,
    help,
    type: "gauge",
    labels: ["source", "kind"],
    read: async (now) =>
      (await sources(now)).flatMap((row) => {
        const number = value(row);
        return number === null
          ? []
          : [{ labels: { source: row.source, kind: row.kind }, value: number }];
      }),
  };
}

async function single(query: string): Promise<{ labels: Record<string, string>; value: number }[]> {
  const { rows } = await sql.query<{ value: number | null }>(query);
  const value = rows[0]?.value;
  return value === null || value === undefined ? [] : [{ labels: {}, value: Number(value) }];
}

/** The families of the platform itself; each signal adds its own. */
export const PLATFORM_FAMILIES: readonly MetricFamily[] = [
  {
    name: "plumbline_build_info",
    help: "Version of Plumbline; the value is always 1.",
    type: "gauge",
    labels: ["version", "commit"],
    read: async () => [
      { labels: { version: manifest.version, commit: env().PLUMBLINE_COMMIT }, value: 1 },
    ],
  },
  perSource(
    "plumbline_source_up",
    "Whether the newest collection from the source succeeded less than two intervals ago.",
    (row) => (row.up ? 1 : 0),
  ),
  perSource(
    "plumbline_source_last_success_timestamp_seconds",
    "When the source was last collected from.",
    (row) => row.last_success_seconds,
  ),
  perSource(
    "plumbline_source_interval_seconds",
    "How often the source is collected from.",
    (row) => row.interval_seconds,
  ),
  storedFamily({
    name: "plumbline_source_collect_duration_seconds",
    help: "How long one collection of one signal took.",
    type: "histogram",
    labels: ["source", "signal"],
  }),
  storedFamily({
    name: "plumbline_source_errors_total",
    help: "Failed collections by closed reason.",
    type: "counter",
    labels: ["source", "reason"],
  }),
  {
    name: "plumbline_problems",
    help: "Open problems by severity.",
    type: "gauge",
    labels: ["signal", "severity"],
    read: async () => {
      const { rows } = await sql.query<{ signal: string; severity: string; count: number }>(
        "SELECT signal, severity, count(*)::int AS count FROM problem WHERE closed_at IS NULL GROUP BY 1, 2",
      );
      return rows.map(({ signal, severity, count }) => ({
        labels: { signal, severity },
        value: count,
      }));
    },
  },
  storedFamily({
    name: "plumbline_actions_total",
    help: "Finished actions by result.",
    type: "counter",
    labels: ["type", "result"],
  }),
  {
    name: "plumbline_actions_in_doubt",
    help: "Actions whose effect is not yet known.",
    type: "gauge",
    labels: [],
    read: () => single("SELECT count(*) AS value FROM action_run WHERE state = 'in_doubt'"),
  },
  storedFamily({
    name: "plumbline_audit_chain_valid",
    help: "Whether the audit chain verified at its last check.",
    type: "gauge",
    labels: [],
  }),
  {
    name: "plumbline_audit_entries_total",
    help: "Audit events ever written.",
    type: "counter",
    labels: [],
    read: () => single("SELECT coalesce(max(seq), 0) AS value FROM audit_event"),
  },
];
