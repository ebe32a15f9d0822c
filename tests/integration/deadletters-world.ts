import { afterAll, beforeAll } from "vitest";
import { sql } from "#lib/db/sql.ts";
import { ingest } from "#lib/signals/deadletters/capture/ingest.ts";
import type { LetterState } from "#lib/signals/deadletters/states.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { failure } from "./deadletters-failures.ts";

/** The time at which everything is searched. */
export const now = new Date("2026-11-23T12:00:00Z");
export const MAIN = "00000000-0000-4000-8000-00000000000a";
export const SPARE = "00000000-0000-4000-8000-00000000000b";

export const QUEUES = [
  { source: "main", sourceId: MAIN, key: "bull:mails" },
  { source: "main", sourceId: MAIN, key: "{eu}:orders" },
  { source: "spare", sourceId: SPARE, key: "bull:mails" },
] as const;

/** What may go wrong in this world: a class, a message around a value, and the frame that raised it. */
export const ERRORS = [
  {
    class: "NotFoundError",
    before: "Order ",
    after: " was not found",
    frame: "findOrder (/app/src/orders.ts:12:5)",
  },
  {
    class: "TypeError",
    before: "Cannot read properties of undefined (reading 'plan') of ",
    after: "",
    frame: "charge (/app/src/charge.ts:7:1)",
  },
  {
    class: "TimeoutError",
    before: "Timeout of ",
    after: " exceeded",
    frame: "fetchJson (/app/src/http.ts:88:9)",
  },
  {
    class: "Error",
    before: "connect ECONNREFUSED ",
    after: "",
    frame: "connect (/app/src/db.ts:3:3)",
  },
] as const;

/** Who may have called what failed, and what called them in turn. */
export const CALLERS = [
  [
    "settle (/app/src/settle.ts:20:7)",
    "Worker.processJob (/app/node_modules/bullmq/worker.js:9:1)",
  ],
  ["refund (/app/src/refund.ts:31:9)", "client.send (/app/node_modules/pg/lib/client.js:5:5)"],
  [],
] as const;

/** The frames of a failure's stack, the innermost first. */
export function framesOf({ error, caller }: Pick<Happened, "error" | "caller">): string[] {
  const { frame } = ERRORS[error] as (typeof ERRORS)[number];
  return [frame, ...(CALLERS[caller] ?? [])];
}

/** One failure as this world thinks of it; everything that searches look at follows from it. */
export interface Happened {
  job: string;
  queue: number;
  error: number;
  caller: number;
  value: string;
  name: string;
  worker: string | null;
  attempts: number;
  stalls: number;
  failedAt: number;
  data: { user: { id: number }; currency: string; items: { sku: string }[] };
  state: LetterState;
  retries: number;
  edited: boolean;
}

/** Stores failures as capturing does, then lets happen to them what is told. Returns the letters' ids, in the same order. */
export async function store(all: readonly Happened[]): Promise<bigint[]> {
  const ids = new Map<string, bigint>();
  for (const [queue, { sourceId, key }] of QUEUES.entries()) {
    const own = all.filter((one) => one.queue === queue);
    const { rows } = await sql.query<{ id: number }>(
      `INSERT INTO deadletters_queue (source_id, key) VALUES ($1, $2) ON CONFLICT (source_id, key) DO UPDATE SET key = EXCLUDED.key RETURNING id`,
      [sourceId, key],
    );
    const queueId = rows[0]?.id as number;
    await ingest(queueId, own.map(toFailure));
    const { rows: stored } = await sql.query<{ id: bigint; job: string }>(
      "SELECT id, job_id AS job FROM deadletters_letter WHERE queue_id = $1",
      [queueId],
    );
    for (const { id, job } of stored) ids.set(job, id);
  }
  const found = all.map(({ job }) => ids.get(job) as bigint);
  await letHappen(all, found);
  return found;
}

function toFailure(one: Happened) {
  const message = messageOf(one);
  const { class: name } = ERRORS[one.error] as (typeof ERRORS)[number];
  const frames = framesOf(one).map((frame) => `\n    at ${frame}`);
  return failure({
    jobId: one.job,
    failedAt: one.failedAt,
    name: one.name,
    error: message,
    stacks: JSON.stringify([`${name}: ${message}${frames.join("")}`]),
    data: Buffer.from(JSON.stringify(one.data)),
    attempts: one.attempts,
    stalls: one.stalls,
    worker: one.worker,
  });
}

export function messageOf({ error, value }: Pick<Happened, "error" | "value">): string {
  const { before, after } = ERRORS[error] as (typeof ERRORS)[number];
  return `${before}${value}${after}`;
}

async function letHappen(all: readonly Happened[], ids: readonly bigint[]): Promise<void> {
  await sql.query(
    `UPDATE deadletters_letter l SET state = given.state, retries = given.retries
     FROM unnest($1::bigint[], $2::text[], $3::int[]) AS given(id, state, retries) WHERE l.id = given.id`,
    [ids.map(String), all.map(({ state }) => state), all.map(({ retries }) => retries)],
  );
  await sql.query(
    `INSERT INTO deadletters_edit (letter_id, data, payload_hash, by) SELECT id, '\\x7b7d', 'h', 'anna' FROM unnest($1::bigint[]) AS id`,
    [ids.filter((_id, at) => all[at]?.edited).map(String)],
  );
}

/** Two sources that were collected just now, in a database of the test's own. */
export function withWorld(): void {
  let ground: Ground;
  beforeAll(async () => {
    ground = await openGround();
    for (const [id, name] of [
      [MAIN, "main"],
      [SPARE, "spare"],
    ]) {
      await sql.query(
        "INSERT INTO source (id, name, kind, interval_ms) VALUES ($1, $2, 'bullmq', 15000)",
        [id, name],
      );
      await sql.query(
        `INSERT INTO collection (source_id, signal, interval_ms, last_attempt_at, last_success_at)
         VALUES ($1, 'deadletters', 15000, $2, $2)`,
        [id, now],
      );
    }
  });
  afterAll(() => ground.close());
}
