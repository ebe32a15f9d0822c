import type { Sql } from "#lib/db/sql.ts";
import type { RedriveState } from "../states.ts";

/** Redrives in these states hold their queue: another one has to wait. */
export const ACTIVE_STATES = [
  "running",
  "canary",
  "paused",
  "held",
] as const satisfies readonly RedriveState[];

interface QueueRow {
  id: number;
  kind: string;
  enabled: boolean;
  readOnly: string | null;
  activeName: string | null;
  activeState: string | null;
}

/** Why the letters of these queues cannot be redriven now, by the id of the queue; those that can are not in it. */
export async function blockedQueues(
  tx: Sql,
  queueIds: readonly number[],
): Promise<Map<number, string>> {
  const { rows } = await tx.query<QueueRow>(
    `SELECT q.id, s.kind, s.enabled, e.data->>'readOnlyBecause' AS "readOnly", r.name AS "activeName", r.state AS "activeState"
     FROM deadletters_queue q JOIN source s ON s.id = q.source_id
     LEFT JOIN entity e ON e.source_id = q.source_id AND e.signal = 'queues' AND e.key = q.key
     LEFT JOIN deadletters_redrive r ON r.queue_id = q.id AND r.state = ANY($2::text[])
     WHERE q.id = ANY($1::int[])`,
    [queueIds, [...ACTIVE_STATES]],
  );
  return new Map(
    rows.flatMap((row) => {
      const because = becauseOf(row);
      return because === null ? [] : [[row.id, because] as const];
    }),
  );
}

function becauseOf(row: QueueRow): string | null {
  if (row.activeName !== null) {
    return `The redrive "${row.activeName}" of this queue is ${row.activeState}: one at a time.`;
  }
  return onlyReadBecause(row);
}

/** Why nothing can be done to jobs of a queue; null when it can. `readOnly` is what the queue's own reading says. */
export function onlyReadBecause(
  queue: Pick<QueueRow, "kind" | "enabled" | "readOnly">,
): string | null {
  if (!queue.enabled) return "Its source is no longer configured.";
  if (queue.kind !== "bullmq") return queue.readOnly ?? "Plumbline only reads queues of this kind.";
  return queue.readOnly;
}
