import { readEach } from "#lib/sources/bullmq/batch.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { FACT_FIELDS, jobFacts } from "#lib/sources/bullmq/job-hash.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { stateKey } from "#lib/sources/bullmq/states.ts";
import { failureOf, ghost, type Head, leftover, TEXTS } from "./bullmq-decode.ts";
import { BATCH, type Failure, inGroups } from "./failure.ts";
import { type Entry, isSameScore, type Leftover } from "./reader.ts";

/** Asked for in one go: some 2 ms of the server's time at most, but for a single larger payload. */
const PIPELINE = { rows: BATCH.rows, bytes: 1024 * 1024 };

/** See `FailureReader.read`. */
export async function* readFailures(
  conn: BullmqConnection,
  queue: QueueRef,
  entries: readonly (Entry & { eventId?: string })[],
  abort: AbortSignal,
): AsyncGenerator<Failure[]> {
  const heads = await readHeads(conn, queue, entries, abort);
  for (const group of inGroups(heads, BATCH, bytesOf)) {
    const failures: Failure[] = [];
    for (const small of inGroups(group, PIPELINE, bytesOf)) {
      if (abort.aborted) return;
      failures.push(...(await readGroup(conn, queue, small)));
    }
    if (failures.length > 0) yield failures;
  }
}

/** See `FailureReader.leftOf`. Payloads beyond those of one batch are left out. */
export async function readLeftovers(
  conn: BullmqConnection,
  queue: QueueRef,
  jobIds: readonly string[],
): Promise<(Leftover | null)[]> {
  const entries = jobIds.map((jobId) => ({ jobId, score: "0" }));
  const heads = await readHeads(conn, queue, entries, new AbortController().signal);
  const found: (Leftover | null)[] = [];
  let room: number = BATCH.bytes;
  for (const head of heads) {
    head.skipped = bytesOf(head) > room;
    if (!head.skipped) room -= bytesOf(head);
  }
  for (const group of inGroups(heads, PIPELINE, bytesOf)) {
    const texts = await readTexts(conn, queue, group);
    found.push(...group.map((head, at) => head.facts && leftover(head, texts[at] ?? [])));
  }
  return found;
}

async function readHeads(
  conn: BullmqConnection,
  queue: QueueRef,
  entries: readonly (Entry & { eventId?: string })[],
  abort: AbortSignal,
): Promise<Head[]> {
  const answers = await readEach(
    conn,
    entries,
    (batch, { jobId }) => {
      const key = queueKey(queue, jobId);
      batch.hmget(key, ...FACT_FIELDS);
      for (const [field] of TEXTS) batch.hstrlen(key, field);
    },
    abort,
  );
  return answers.map(([facts, ...sizes], at) => ({
    entry: entries[at] as Head["entry"],
    // Not a hash: somebody else's key under a job's name.
    facts: Array.isArray(facts) ? jobFacts(facts as (string | null)[]) : null,
    sizes: sizes.map((size) => Number(size) || 0),
  }));
}

async function readGroup(
  conn: BullmqConnection,
  queue: QueueRef,
  heads: readonly Head[],
): Promise<Failure[]> {
  const texts = await readTexts(conn, queue, heads);
  const doubtful = heads.filter(
    ({ entry, facts }, at) => !facts || texts[at]?.at(-1)?.toString() !== entry.score,
  );
  const left = await whichLeft(conn, queue, doubtful);
  return heads.flatMap((head, at): Failure[] => {
    if (left.has(head)) return [];
    return [head.facts ? failureOf(head, texts[at] ?? []) : ghost(head)];
  });
}

/** Each job's texts, and when it finished: in one command, so that they belong together. */
async function readTexts(
  conn: BullmqConnection,
  queue: QueueRef,
  heads: readonly Head[],
): Promise<(Buffer | null)[][]> {
  const answers = await readEach(conn, heads, (batch, { entry, sizes, skipped }) => {
    const fields = TEXTS.map(([field, limit], at) =>
      !skipped && (sizes[at] ?? 0) <= limit ? field : "",
    );
    batch.hmgetBuffer(queueKey(queue, entry.jobId), ...fields, "finishedOn");
  });
  return answers.map(([texts]) => (Array.isArray(texts) ? (texts as (Buffer | null)[]) : []));
}

/**
 * A job that was retried or removed while it was read is not this failure any more. Nor is a job that is there and could not be
 * read a lost one: it is left for another look.
 */
async function whichLeft(
  conn: BullmqConnection,
  queue: QueueRef,
  heads: readonly Head[],
): Promise<ReadonlySet<Head>> {
  const answers = await readEach(conn, heads, (batch, { entry }) => {
    batch.zscore(stateKey(queue, "failed"), entry.jobId);
    batch.type(queueKey(queue, entry.jobId));
  });
  return new Set(
    heads.filter(({ entry, facts }, at) => {
      const [score, type] = answers[at] ?? [];
      const unread = !facts && (type === undefined || type === "hash");
      return unread || !isSameScore(score, entry.score);
    }),
  );
}

/** What will be fetched of a job. */
const bytesOf = ({ sizes }: Head): number =>
  TEXTS.reduce((sum, [, limit], at) => sum + ((sizes[at] ?? 0) <= limit ? (sizes[at] ?? 0) : 0), 0);
