import { createHash } from "node:crypto";
import type { Queue } from "bullmq";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { Run } from "#lib/actions/schema.ts";
import { submitAction } from "#lib/actions/submit.ts";
import { type Actor, systemActor } from "#lib/auth/actor.ts";
import { log } from "#lib/core/log.ts";
import { newId } from "#lib/core/ids.ts";
import { sql } from "#lib/db/sql.ts";
import type { Redrive } from "#lib/signals/deadletters/redrive-schema.ts";
import { redrive as redriveRead } from "#lib/signals/deadletters/redrive/read.ts";
import { carryOn } from "#lib/signals/deadletters/redrive/run.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { openGround } from "#tests/support/access.ts";
import { facetOf } from "./deadletters-letters.ts";
import { person } from "./queues-acting.ts";
import { openTarget, QueueTarget, until } from "./queues-target.ts";

/** A product and a target with one source, empty at the start of every test. */
export interface Stage {
  target: QueueTarget;
  source: OpenSource<"bullmq">;
  /** A queue of failed jobs with their letters. */
  dead(name: string, jobs: readonly { id: string; opts?: object }[]): Promise<Queue>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

export async function openStage(labels: Record<string, string> = {}): Promise<Stage> {
  const ground = await openGround();
  log.level = "silent";
  const target = await QueueTarget.start();
  const source = await openTarget(target.server.url, { labels });
  return {
    target,
    source,
    async dead(name, jobs) {
      const queue = await failJobs(target, name, jobs);
      await shadow(target, source, `bull:${name}`);
      return queue;
    },
    async clear() {
      await target.closeOpened();
      await sql.query("DELETE FROM deadletters_queue");
      await sql.query("DELETE FROM entity");
      await target.redis.flushdb();
    },
    async close() {
      await source.conn.close();
      await target.stop();
      await ground.close();
    },
  };
}

/** One stage for all tests of a file, handed out before the first and emptied after each. */
export function onStage(given: (stage: Stage) => void, labels: Record<string, string> = {}): void {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(labels);
    given(stage);
  });
  afterEach(() => stage.clear());
  afterAll(() => stage.close());
}

export const jobIds = (count: number): { id: string }[] =>
  Array.from({ length: count }, (_, at) => ({ id: `job-${at}` }));

/** Adds jobs and lets a worker fail them all; with what BullMQ keeps of its events. */
export async function failJobs(
  target: QueueTarget,
  name: string,
  jobs: readonly { id: string; opts?: object }[],
  { maxEvents = 10_000 }: { maxEvents?: number } = {},
): Promise<Queue> {
  const queue = target.queue(name, { streams: { events: { maxLen: maxEvents } } });
  for (let at = 0; at < jobs.length; at += 500) {
    await queue.addBulk(
      jobs.slice(at, at + 500).map(({ id, opts }) => ({
        name: "send",
        data: { id },
        opts: { jobId: id, ...opts },
      })),
    );
  }
  const failing = await target.worker(name, () => Promise.reject(new Error("no")), {
    concurrency: 50,
  });
  const failed = `bull:${name}:failed`;
  await until(
    () => target.redis.zcard(failed),
    (count) => count >= jobs.length,
  );
  await failing.close();
  return queue;
}

/** Letters written in one go. */
const CHUNK = 5_000;

/** Writes letters for everything in a failed set, as capturing would. Returns how many. */
export async function shadow(
  target: QueueTarget,
  source: OpenSource,
  key: string,
): Promise<number> {
  const facetId = await facetOf(source.id, key, "send");
  for (let from = 0; ; from += CHUNK) {
    const pairs = await target.redis.zrange(`${key}:failed`, from, from + CHUNK - 1, "WITHSCORES");
    if (pairs.length === 0) return from;
    await shadowSome(target, facetId, key, {
      jobs: pairs.filter((_, at) => at % 2 === 0),
      scores: pairs.filter((_, at) => at % 2 === 1),
    });
    if (pairs.length < 2 * CHUNK) return from + pairs.length / 2;
  }
}

async function shadowSome(
  target: QueueTarget,
  facetId: number,
  key: string,
  { jobs, scores }: { jobs: readonly string[]; scores: readonly string[] },
): Promise<void> {
  const batch = target.redis.pipeline();
  for (const id of jobs) batch.hmget(`${key}:${id}`, "data", "opts", "atm");
  const hashes = ((await batch.exec()) ?? []).map(([, value]) => value as (string | null)[]);
  const data = hashes.map(([text]) => text ?? "");
  await sql.query(
    `WITH added AS (
       INSERT INTO deadletters_letter (queue_id, facet_id, job_id, failed_at, score, name, message, attempts, payload_hash)
       SELECT f.queue_id, f.id, given.job, to_timestamp(given.score::float8 / 1000), given.score, 'send', 'no', given.attempts, given.hash
       FROM deadletters_facet f, unnest($2::text[], $3::text[], $4::int[], $5::text[]) AS given(job, score, attempts, hash)
       WHERE f.id = $1 ON CONFLICT DO NOTHING RETURNING id, job_id
     )
     INSERT INTO deadletters_content (letter_id, data, opts)
     SELECT added.id, convert_to(given.data, 'UTF8'), given.opts FROM added
     JOIN unnest($2::text[], $6::text[], $7::text[]) AS given(job, data, opts) ON given.job = added.job_id`,
    [
      facetId,
      jobs,
      scores,
      hashes.map(([, , atm]) => Number(atm ?? 0)),
      data.map((text) => createHash("sha256").update(text).digest("hex")),
      data,
      hashes.map(([, opts]) => opts ?? null),
    ],
  );
}

interface Wanted {
  actor?: Actor;
  key?: string;
  reason?: string;
  input?: object;
}

export async function act(
  name: string,
  input: object,
  { actor, key, reason = "the bank is back" }: Wanted = {},
): Promise<Run> {
  const { body } = await submitAction({
    actor: actor ?? person("oncall"),
    name,
    idempotencyKey: key ?? newId(),
    input,
    reason,
    requestId: newId(),
  });
  return body;
}

/** Starts redrives of everything that is dead; returns their ids by queue. */
export async function startRedrive(
  input: Partial<{
    q: string;
    expected: number;
    rate: number;
    canary: number;
    stopRatio: number;
    resetAttempts: boolean;
    target: string;
  }> = {},
  wanted: Wanted = {},
): Promise<{ id: string; queue: string; total: number }[]> {
  const run = await act("redrives.start", { ...(await everythingDead()), ...input }, wanted);
  return (run.result as { redrives: { id: string; queue: string; total: number }[] }).redrives;
}

/** What a dry run of the empty search would say. */
export async function everythingDead() {
  const { rows } = await sql.query<{ count: number; last: string }>(
    `SELECT count(*) FILTER (WHERE state = 'dead')::int AS count, coalesce(max(id), 1)::text AS last FROM deadletters_letter`,
  );
  const { count, last } = rows[0] as { count: number; last: string };
  return { q: "", upTo: last, expected: count, name: "bank was away", rate: 2_000, canary: 0 };
}

/** Carries on with whatever waits, as one worker does, until nothing does. */
export async function carryAllOn(
  source: OpenSource,
  abort: AbortSignal = new AbortController().signal,
): Promise<void> {
  while (await carryOn({ openSource: () => Promise.resolve(source), abort }));
}

/** What its page shows. */
export async function shown(id: string): Promise<Redrive> {
  const context = { actor: systemActor("test"), now: new Date() };
  const { data } = await redriveRead.run(context, { id });
  return data as Redrive;
}

/** The newest redrive's leases end now, as if its worker had died long ago. */
export async function letLeasesEnd(): Promise<void> {
  await sql.query(
    `UPDATE deadletters_redrive SET lease_until = now() - interval '1 s'
     WHERE finished_at IS NULL AND lease_until <> 'infinity'`,
  );
}

/** How often each job went from failed back in line, as the queue itself recorded it. */
export async function retriesOf(target: QueueTarget, key: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let from = "-";
  for (;;) {
    const entries = await target.redis.xrange(`${key}:events`, from, "+", "COUNT", 5_000);
    for (const [id, fields] of entries) {
      from = `(${id}`;
      const value = (name: string) => fields[fields.indexOf(name) + 1] ?? "";
      if (value("event") !== "waiting" || !fields.includes("prev") || value("prev") !== "failed")
        continue;
      counts.set(value("jobId"), (counts.get(value("jobId")) ?? 0) + 1);
    }
    if (entries.length < 5_000) return counts;
  }
}

/** The counters of a redrive must say what counting its rows says, and add up to its total. */
export async function countedItems(id: string): Promise<Record<string, number>> {
  const { rows } = await sql.query<{ state: string; n: number }>(
    `SELECT state, count(*)::int AS n FROM deadletters_redrive_item WHERE redrive_id = $1 GROUP BY 1 ORDER BY 1`,
    [id],
  );
  const { items, total } = await shown(id);
  const counters = Object.entries(items)
    .filter(([, count]) => count > 0)
    .toSorted();
  const counted = rows.map(({ state, n }) => [state, n] as const);
  if (JSON.stringify(counters) !== JSON.stringify(counted))
    throw new Error(`counters ${JSON.stringify(counters)}, rows ${JSON.stringify(counted)}`);
  const sum = counted.reduce((all, [, n]) => all + n, 0);
  if (sum !== total) throw new Error(`${sum} items of ${total}`);
  return Object.fromEntries(counted);
}
