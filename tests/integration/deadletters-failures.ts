import { randomUUID } from "node:crypto";
import { sql } from "#lib/db/sql.ts";
import type { Failure } from "#lib/signals/deadletters/capture/failure.ts";
import type { LetterState } from "#lib/signals/deadletters/states.ts";

/** A failure as a reader would hand it over. */
export function failure(given: Partial<Failure> & { jobId: string }): Failure {
  const failedAt = given.failedAt ?? Date.UTC(2026, 10, 23, 3);
  const data = given.data === undefined ? Buffer.from(`{"order":"${given.jobId}"}`) : given.data;
  return {
    state: "dead",
    failedAt,
    score: String(failedAt),
    eventId: null,
    name: "charge",
    dataBytes: data?.length ?? null,
    opts: '{"attempts":3}',
    error: `no order ${given.jobId}`,
    stacks: JSON.stringify([
      `TypeError: no order ${given.jobId}\n    at charge (/app/src/a.ts:1:2)`,
    ]),
    attempts: 3,
    starts: 3,
    stalls: null,
    maxAttempts: 3,
    worker: null,
    parent: null,
    addedAt: null,
    startedAt: null,
    ...given,
    data,
  };
}

/** A queue of a source of its own; the id of its row. */
export async function captureQueue(key = "bull:payments"): Promise<number> {
  const id = randomUUID();
  await sql.query(
    "INSERT INTO source (id, name, kind, interval_ms) VALUES ($1, $2, 'bullmq', 15000)",
    [id, `letters-${id.slice(0, 8)}`],
  );
  const { rows } = await sql.query<{ id: number }>(
    "INSERT INTO deadletters_queue (source_id, key) VALUES ($1, $2) RETURNING id",
    [id, key],
  );
  return rows[0]?.id as number;
}

export interface SeenLetter {
  id: bigint;
  job: string;
  state: LetterState;
  outcome: string | null;
  score: string | null;
  name: string | null;
  message: string;
  variables: string;
  attempts: number | null;
  retries: number;
  poison: boolean;
  previousId: bigint | null;
  payloadHash: string | null;
  payloadBytes: number | null;
  fields: bigint[];
  data: Buffer | null;
  error: string | null;
  stacks: string | null;
  errorClass: string;
  groupMessage: string;
  frame: string | null;
  eventId: string | null;
}

/** The letters of a queue, in the order in which they came. */
export async function lettersOf(queueId: number): Promise<SeenLetter[]> {
  const { rows } = await sql.query<SeenLetter>(
    `SELECT l.id, l.job_id AS job, l.state, l.outcome, l.score, l.name, l.message, l.variables, l.attempts, l.retries, l.poison,
       l.previous_id AS "previousId", l.payload_hash AS "payloadHash", l.payload_bytes AS "payloadBytes", l.fields,
       c.data, c.error, c.stacks, g.error_class AS "errorClass", g.message AS "groupMessage", g.frame, l.event_id AS "eventId"
     FROM deadletters_letter l JOIN deadletters_facet f ON f.id = l.facet_id JOIN deadletters_group g ON g.id = f.group_id
     JOIN deadletters_content c ON c.letter_id = l.id WHERE l.queue_id = $1 ORDER BY l.id`,
    [queueId],
  );
  return rows.map((row) => ({ ...row, fields: row.fields.map(BigInt) }));
}

/** What the counters say of a queue, by state. */
export async function countsOf(queueId: number): Promise<Record<string, number>> {
  const { rows } = await sql.query<{ state: string; count: number }>(
    `SELECT c.state, sum(c.count)::int AS count FROM deadletters_count c JOIN deadletters_facet f ON f.id = c.facet_id
     WHERE f.queue_id = $1 GROUP BY 1 HAVING sum(c.count) <> 0`,
    [queueId],
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}
