import { AppError } from "#lib/core/errors.ts";
import { redactText } from "#lib/core/redact.ts";
import { readEach } from "#lib/sources/bullmq/batch.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { jobOfKey } from "#lib/sources/bullmq/flow.ts";
import { FACT_FIELDS, jobFacts, jobOptions, onChildFailure } from "#lib/sources/bullmq/job-hash.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { dueTime } from "#lib/sources/bullmq/states.ts";
import type { LiveJob } from "../live-schema.ts";
import { shownFacts } from "./jobs.ts";
import { LOG_LINES, readLogs } from "./logs.ts";
import { shownProgress } from "./progress.ts";
import { locateJob } from "#lib/sources/bullmq/locate.ts";
import { MAX_FETCH_BYTES, toPayload } from "#lib/sources/bullmq/payload.ts";
import { readFailures } from "#lib/sources/bullmq/stack.ts";

export const MAX_TEXT_BYTES = 1024 * 1024;
export const MAX_REASON = 4_000;

/** Fields that may be of any size, with how much of each is fetched. */
const TEXTS = [
  ["data", MAX_FETCH_BYTES],
  ["returnvalue", MAX_FETCH_BYTES],
  ["stacktrace", MAX_TEXT_BYTES],
  ["failedReason", MAX_TEXT_BYTES],
  ["progress", MAX_TEXT_BYTES],
  ["opts", MAX_TEXT_BYTES],
] as const;

/** One job, as it is stored now. Everything that may hold personal data is masked unless it was revealed. */
export async function readJob(
  conn: BullmqConnection,
  queue: QueueRef,
  id: string,
  revealed: boolean,
): Promise<LiveJob> {
  const key = queueKey(queue, id);
  const { facts, sizes } = await readHead(conn, key);
  if (!facts) throw noSuchJob(queue, id);
  const [data, result, stacks, reason, progress, opts] = await readTexts(conn, key, sizes);
  const location = await locateJob(conn, queue, id);
  const { logTotal, children } = await readSurroundings(conn, key);
  const newest = { job: id, from: Math.max(0, (logTotal ?? 0) - LOG_LINES), to: logTotal ?? 0 };
  const { lines } = await readLogs(conn, queue, newest, revealed);
  const options = jobOptions(opts);
  const { state, score, note } = location;
  const show = revealed ? (text: string): string => text : redactText;
  return {
    id,
    ...shownFacts(facts, options?.attempts ?? null),
    dueAt: state === "delayed" ? dueTime(Number(score)).toISOString() : null,
    state,
    stateNote: note,
    options,
    payload: toPayload(data ?? null, sizes[0] ?? 0, revealed),
    result: sizes[1] ? toPayload(result ?? null, sizes[1], revealed) : null,
    ...shownProgress(progress, revealed),
    failedReason: reason ? show(reason).slice(0, MAX_REASON) : null,
    failures: readFailures(stacks ?? null, facts.attemptsMade, revealed),
    logs: logTotal === null ? null : { total: logTotal, lines },
    parent: await readParent(conn, facts.parentKey, opts),
    children,
    schedulerId: facts.schedulerId && show(facts.schedulerId),
    revealed,
  };
}

async function readHead(conn: BullmqConnection, key: string) {
  return conn.run(async (redis) => {
    const batch = redis.pipeline().hmget(key, ...FACT_FIELDS);
    for (const [field] of TEXTS) batch.hstrlen(key, field);
    const [facts, ...sizes] = ((await batch.exec()) ?? []).map(([error, value]) => {
      if (error) throw error;
      return value;
    });
    return { facts: jobFacts(facts as (string | null)[]), sizes: sizes.map(Number) };
  });
}

async function readTexts(conn: BullmqConnection, key: string, sizes: readonly number[]) {
  const fields = TEXTS.map(([field, limit], at) => ((sizes[at] ?? 0) <= limit ? field : ""));
  return conn.run((redis) => redis.hmget(key, ...fields));
}

/** A size that cannot be read is null. */
async function readSurroundings(conn: BullmqConnection, key: string) {
  const [sizes = []] = await readEach(conn, [key], (batch) => {
    batch.llen(`${key}:logs`);
    batch.scard(`${key}:dependencies`).hlen(`${key}:processed`);
    batch.hlen(`${key}:failed`).zcard(`${key}:unsuccessful`);
  });
  const [logTotal = null, pending = null, completed = null, ignored = null, failed = null] =
    sizes.map((size) => (typeof size === "number" ? size : null));
  const allFailed = ignored === null || failed === null ? null : ignored + failed;
  const children = { pending, completed, failed: allFailed };
  const none = Object.values(children).every((count) => count === 0);
  return { logTotal, children: none ? null : children };
}

async function readParent(
  conn: BullmqConnection,
  key: string | null,
  opts: string | null | undefined,
): Promise<LiveJob["parent"]> {
  const parent = key ? await jobOfKey(conn, key) : null;
  if (!parent) return null;
  const { state } = await locateJob(conn, parent.queue, parent.id);
  const { prefix, name } = parent.queue;
  const onFailure = onChildFailure(opts);
  return { queue: `${prefix}:${name}`, job: parent.id, state, onFailure };
}

export function noSuchJob({ prefix, name }: QueueRef, id: string): AppError {
  return new AppError("not_found", `Queue ${prefix}:${name} has no job ${id.slice(0, 100)}`, {
    detail: "It was removed, by hand or because the queue does not keep finished jobs.",
    remedy: "Look for it in another state, or in the application's log.",
  });
}
