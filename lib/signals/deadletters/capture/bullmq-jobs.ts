import { readEach } from "#lib/sources/bullmq/batch.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { FACT_FIELDS, jobFacts } from "#lib/sources/bullmq/job-hash.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { stateKey } from "#lib/sources/bullmq/states.ts";
import {
  failureOf,
  type FoundJob,
  ghost,
  type Head,
  type JobEntry,
  leftover,
  TEXTS,
} from "./bullmq-decode.ts";
import { BATCH, type Failure, inGroups, PIPELINE } from "./failure.ts";
import { isSameScore, type Leftover } from "./reader.ts";
import { readSmall, smallSizes } from "./small-jobs.ts";

/** See `FailureReader.read`. */
export async function* readFailures(
  conn: BullmqConnection,
  queue: QueueRef,
  entries: readonly JobEntry[],
  abort: AbortSignal,
): AsyncGenerator<Failure[]> {
  for (const some of inGroups(entries, BATCH, () => 0)) {
    const sizes = await smallSizes(conn, queue, some, abort);
    const groups = sizes
      ? readSmall(conn, queue, some, sizes, abort)
      : readLarge(conn, queue, some, abort);
    for await (const found of groups) {
      const failures = await failuresOf(conn, queue, found);
      if (abort.aborted) return;
      if (failures.length > 0) yield failures;
    }
  }
}

/** Jobs of any size: how long each text is first, then the texts, as many at once as may be held. */
async function* readLarge(
  conn: BullmqConnection,
  queue: QueueRef,
  entries: readonly JobEntry[],
  abort: AbortSignal,
): AsyncGenerator<FoundJob[]> {
  const heads = await readHeads(conn, queue, entries, abort);
  for (const group of inGroups(heads, BATCH, bytesOf)) {
    const found: FoundJob[] = [];
    for (const small of inGroups(group, PIPELINE, bytesOf)) {
      if (abort.aborted) return;
      const texts = await readTexts(conn, queue, small);
      found.push(...small.map((head, at) => foundJob(head, texts[at] ?? [])));
    }
    yield found;
  }
}

const foundJob = (head: Head, answer: readonly (Buffer | null)[]): FoundJob => ({
  head,
  texts: answer.slice(0, -1),
  finishedOn: answer.at(-1)?.toString() ?? null,
});

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
  entries: readonly JobEntry[],
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

async function failuresOf(
  conn: BullmqConnection,
  queue: QueueRef,
  found: readonly FoundJob[],
): Promise<Failure[]> {
  const doubtful = found.filter(
    ({ head, finishedOn }) => !head.facts || finishedOn !== head.entry.score,
  );
  const left = await whichLeft(
    conn,
    queue,
    doubtful.map(({ head }) => head),
  );
  return found.flatMap(({ head, texts }): Failure[] => {
    if (left.has(head)) return [];
    return [head.facts ? failureOf(head, texts) : ghost(head)];
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
