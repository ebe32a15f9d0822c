import { createHash } from "node:crypto";
import type { Queue } from "bullmq";
import { afterEach, expect } from "vitest";
import { sql } from "#lib/db/sql.ts";
import type { LetterState } from "#lib/signals/deadletters/states.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { onQueueGround, type QueueTarget, until } from "./queues-target.ts";

export interface StoredLetter {
  id: string;
  state: LetterState;
  outcome: string | null;
  acted_by: string | null;
  acted_reason: string | null;
  run_id: string | null;
  claimed_from: string | null;
}

/** As `onQueueGround`; and after each test the counters of letters are those of the rows. */
export function onLetterGround(given: Parameters<typeof onQueueGround>[0]): void {
  onQueueGround(given);
  afterEach(async () => {
    expect(await countedStates()).toBeDefined();
  });
}

/** Writes the letter of a job that is in the failed set now, as capturing it would; for tests of what is done with letters. */
export async function addLetter(
  target: QueueTarget,
  source: OpenSource,
  { queue, job }: { queue: string; job: string },
): Promise<string> {
  const key = `${queue}:${job}`;
  const score = await target.redis.zscore(`${queue}:failed`, job);
  const [name, atm] = await target.redis.hmget(key, "name", "atm");
  const [data, opts] = await target.redis.hmgetBuffer(key, "data", "opts");
  if (score === null || !data) throw new Error(`${job} has not failed`);
  const facetId = await facetOf(source.id, queue, name ?? "");
  const hash = createHash("sha256").update(data).digest("hex");
  const { rows } = await sql.query<{ id: bigint }>(
    `INSERT INTO deadletters_letter (queue_id, facet_id, job_id, failed_at, score, name, message, attempts, payload_hash, payload_bytes)
     SELECT queue_id, id, $2, to_timestamp($3::float8 / 1000), $3, $4, 'no', $5, $6, $7 FROM deadletters_facet WHERE id = $1 RETURNING id`,
    [facetId, job, score, name, Number(atm ?? 0), hash, data.length],
  );
  const id = String(rows[0]?.id);
  await sql.query("INSERT INTO deadletters_content (letter_id, data, opts) VALUES ($1, $2, $3)", [
    id,
    data,
    opts?.toString("utf8") ?? null,
  ]);
  return id;
}

export async function facetOf(sourceId: string, queue: string, name: string): Promise<number> {
  const { rows } = await sql.query<{ id: number }>(
    `WITH q AS (INSERT INTO deadletters_queue (source_id, key) VALUES ($1, $2)
         ON CONFLICT (source_id, key) DO UPDATE SET key = EXCLUDED.key RETURNING id),
       g AS (INSERT INTO deadletters_group (version, fingerprint, error_class, message, reason_class, search_text, first_seen, last_seen)
         VALUES (0, 'test', 'Error', 'no', 'other', 'Error no', now(), now())
         ON CONFLICT (version, fingerprint) DO UPDATE SET last_seen = now() RETURNING id)
     INSERT INTO deadletters_facet (queue_id, group_id, name, first_seen, last_seen) SELECT q.id, g.id, $3, now(), now() FROM q, g
     ON CONFLICT (queue_id, group_id, name) DO UPDATE SET last_seen = now() RETURNING id`,
    [sourceId, queue, name],
  );
  return (rows[0] as { id: number }).id;
}

export async function storedLetter(id: string): Promise<StoredLetter> {
  const { rows } = await sql.query<StoredLetter>(
    `SELECT id::text, state, outcome, acted_by, acted_reason, run_id, claimed_from FROM deadletters_letter WHERE id = $1`,
    [id],
  );
  if (!rows[0]) throw new Error(`letter ${id} vanished`);
  return rows[0];
}

/** Letters per state, as the counters say; it must always be what counting the rows says. */
export async function countedStates(): Promise<Record<string, number>> {
  const counters = await states(
    "SELECT state, sum(count)::int AS n FROM deadletters_count GROUP BY 1",
  );
  const rows = await states("SELECT state, count(*)::int AS n FROM deadletters_letter GROUP BY 1");
  if (JSON.stringify(counters) !== JSON.stringify(rows))
    throw new Error(`counters ${JSON.stringify(counters)}, rows ${JSON.stringify(rows)}`);
  return counters;
}

async function states(text: string): Promise<Record<string, number>> {
  const { rows } = await sql.query<{ state: string; n: number }>(text);
  const known = rows.filter(({ n }) => n !== 0).map(({ state, n }) => [state, n] as const);
  return Object.fromEntries(known.toSorted(([a], [b]) => a.localeCompare(b)));
}

/** Fails jobs of queue `mails` and writes their letters. Returns the queue, which has no worker, and the ids of the letters. */
export async function failedLetters(
  target: QueueTarget,
  source: OpenSource,
  jobs: readonly { id: string; data?: object; opts?: object }[],
): Promise<{ mails: Queue; letters: [string, ...string[]] }> {
  const mails = target.queue("mails");
  await mails.addBulk(
    jobs.map(({ id, data, opts }) => ({
      name: "send",
      data: data ?? { id },
      opts: { jobId: id, ...opts },
    })),
  );
  await failAll(target, mails, jobs.length);
  const letters: string[] = [];
  for (const { id } of jobs) {
    letters.push(await addLetter(target, source, { queue: "bull:mails", job: id }));
  }
  return { mails, letters: letters as [string, ...string[]] };
}

/** Lets a worker fail whatever waits, until so many are failed. */
export async function failAll(target: QueueTarget, mails: Queue, count: number): Promise<void> {
  const worker = await target.worker("mails", () => Promise.reject(new Error("no")));
  await until(
    () => mails.getFailedCount(),
    (failed) => failed === count,
  );
  await worker.close();
}
