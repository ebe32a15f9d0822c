import { sql } from "#lib/db/sql.ts";
import { queueLabel } from "#lib/sources/bullmq/queue-label.ts";
import type { LeasedRedrive } from "./lease.ts";

/** The breaker that guards what a queue's workers call: named by the source's label `breaker_<queue>`, else by `breaker`. */
export const breakerOf = ({
  labels,
  queueKey: key,
}: Pick<LeasedRedrive, "labels" | "queueKey">): string | null =>
  queueLabel(labels, "breaker", key.slice(key.lastIndexOf(":") + 1));

/**
 * Whether a breaker is open, as far as the breakers signal knows it: an entity of signal `breakers` whose key is the breaker's
 * name and whose data has `state: "open"`. A half-open one lets trials through, and so do we.
 */
export async function isOpen(breaker: string): Promise<boolean> {
  const { rows } = await sql.query(
    "SELECT 1 FROM entity WHERE signal = 'breakers' AND key = $1 AND data->>'state' = 'open' LIMIT 1",
    [breaker],
  );
  return rows.length > 0;
}
