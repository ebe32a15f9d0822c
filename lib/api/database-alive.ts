import type { QueryConfig } from "pg";
import { pool } from "#lib/db/sql.ts";

/** How long an answer counts. */
const FRESH_MS = 1_000;
/** A frozen server accepts connections and never answers. */
const PATIENCE_MS = 2_000;

interface Probe {
  alive: Promise<boolean>;
  /** When it was answered; null while it is asked. */
  at: number | null;
}

const PROBE = Symbol.for("plumbline.database.probe");
const holder = globalThis as unknown as { [PROBE]?: Probe };

/**
 * Whether our own Postgres answers; asked at most once a second, by whoever wants to know. Without it each request to a
 * frozen server would wait for its own query to time out.
 */
export function databaseAlive(): Promise<boolean> {
  const last = holder[PROBE];
  if (last && (last.at === null || Date.now() - last.at < FRESH_MS)) return last.alive;
  const probe: Probe = { alive: ask(), at: null };
  holder[PROBE] = probe;
  void probe.alive.then(() => (probe.at = Date.now()));
  return probe.alive;
}

function ask(): Promise<boolean> {
  const question: QueryConfig & { query_timeout: number } = {
    text: "SELECT 1",
    query_timeout: PATIENCE_MS,
  };
  return pool()
    .query(question)
    .then(
      () => true,
      () => false,
    );
}
