import { sql } from "#lib/db/sql.ts";
import { storedFamily } from "#lib/metrics/counters.ts";
import type { MetricFamily } from "#lib/metrics/define.ts";
import { EVICTIONS } from "./metric-names.ts";

/** One family per number, never one series per statement: those belong to the console, not to Prometheus. */
export const metrics: readonly MetricFamily[] = [
  perDatabase(
    "plumbline_database_statement_seconds_total",
    "Execution time of top-level statements as pg_stat_statements counted it, without Plumbline's own.",
    "exec_ms / 1000",
  ),
  perDatabase(
    "plumbline_database_statement_calls_total",
    "Calls of top-level statements as pg_stat_statements counted them, without Plumbline's own.",
    "calls",
  ),
  storedFamily({
    name: EVICTIONS,
    help: "Times that pg_stat_statements evicted entries because it was full.",
    type: "counter",
    labels: ["source"],
  }),
  {
    name: "plumbline_statement_plans",
    help: "Statements by the outcome of their newest planning.",
    type: "gauge",
    labels: ["source", "outcome"],
    async read() {
      const { rows } = await sql.query<{ source: string; outcome: string; count: number }>(
        `SELECT o.name AS source, CASE WHEN a.reason IS NULL THEN 'planned' ELSE 'failed' END AS outcome, count(*)::float8 AS count
         FROM queries_plan_attempt a JOIN queries_statement s ON s.id = a.statement_id JOIN source o ON o.id = s.source_id AND o.enabled
         GROUP BY 1, 2 ORDER BY 1, 2`,
      );
      return rows.map(({ source, outcome, count }) => ({
        labels: { source, outcome },
        value: count,
      }));
    },
  },
];

function perDatabase(name: string, help: string, column: string): MetricFamily {
  return {
    name,
    help,
    type: "counter",
    labels: ["source", "database"],
    async read() {
      const { rows } = await sql.query<{ source: string; database: string; value: number }>(
        `SELECT o.name AS source, d.name AS database, sum(${column}) AS value FROM queries_database d
         JOIN source o ON o.id = d.source_id AND o.enabled WHERE d.calls > 0 GROUP BY 1, 2 ORDER BY 1, 2`,
      );
      return rows.map(({ source, database, value }) => ({ labels: { source, database }, value }));
    },
  };
}
