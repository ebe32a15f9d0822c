import { readEach } from "#lib/sources/bullmq/batch.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { FACT_FIELDS, jobFacts, jobOptions } from "#lib/sources/bullmq/job-hash.ts";
import { MAX_FETCH_BYTES } from "#lib/sources/bullmq/payload.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { stateKey } from "#lib/sources/bullmq/states.ts";
import { BATCH, type Failure, inGroups } from "./failure.ts";
import { type Entry, type Leftover, timeOfScore } from "./reader.ts";

const MAX_TEXT_BYTES = 1024 * 1024;
/** Fields that may be of any size, with how much of each is fetched. */
const TEXTS = [
  ["data", MAX_FETCH_BYTES],
  ["opts", MAX_TEXT_BYTES],
  ["failedReason", MAX_TEXT_BYTES],
  ["stacktrace", MAX_TEXT_BYTES],
] as const;
/** Asked for in one go: some 2 ms of the server's time at most, but for a single larger payload. */
const PIPELINE = { rows: BATCH.rows, bytes: 1024 * 1024 };

/** What was found of one job before its texts are fetched. */
interface Head {
  entry: Entry & { eventId?: string };
  facts: ReturnType<typeof jobFacts>;
  /** Bytes of each of `TEXTS`. */
  sizes: number[];
  /** Its texts are not fetched. */
  skipped?: boolean;
}

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

/** A job that was retried or removed while it was read is not this failure any more. */
async function whichLeft(
  conn: BullmqConnection,
  queue: QueueRef,
  heads: readonly Head[],
): Promise<ReadonlySet<Head>> {
  const scores = await readEach(conn, heads, (batch, { entry }) => {
    batch.zscore(stateKey(queue, "failed"), entry.jobId);
  });
  return new Set(heads.filter(({ entry }, at) => !isSame(scores[at]?.[0], entry.score)));
}

/** Redis writes fractions in more than one way. */
const isSame = (score: unknown, known: string): boolean =>
  score === known || Number(score) === Number(known);

function failureOf(head: Head, texts: readonly (Buffer | null)[]): Failure {
  const [, , error, stacks] = texts;
  const { score, eventId } = head.entry;
  return {
    ...leftover(head, texts),
    state: "dead",
    failedAt: timeOfScore(score),
    score,
    eventId: eventId ?? null,
    error: error?.toString("utf8") ?? null,
    stacks: stacks?.toString("utf8") ?? null,
  };
}

function leftover({ entry, facts, sizes }: Head, texts: readonly (Buffer | null)[]): Leftover {
  const [data, optsBytes] = texts;
  const opts = optsBytes?.toString("utf8") ?? null;
  return {
    jobId: entry.jobId,
    name: facts?.name ?? null,
    data: data ?? null,
    dataBytes: sizes[0] ?? null,
    opts,
    attempts: count(facts?.attemptsMade),
    starts: count(facts?.attemptsStarted),
    stalls: count(facts?.stalls),
    maxAttempts: count(jobOptions(opts)?.attempts),
    worker: facts?.worker ?? null,
    parent: facts?.parentKey ?? null,
    addedAt: time(facts?.addedAt),
    startedAt: time(facts?.startedAt),
  };
}

/** The failed set names a job that is not there: Redis threw it away, or somebody did. */
function ghost({ entry }: Head): Failure {
  return {
    state: "lost",
    jobId: entry.jobId,
    failedAt: timeOfScore(entry.score),
    score: null,
    eventId: entry.eventId ?? null,
    name: null,
    data: null,
    dataBytes: null,
    opts: null,
    error: null,
    stacks: null,
    attempts: null,
    starts: null,
    stalls: null,
    maxAttempts: null,
    worker: null,
    parent: null,
    addedAt: null,
    startedAt: null,
  };
}

/** What will be fetched of a job. */
const bytesOf = ({ sizes }: Head): number =>
  TEXTS.reduce((sum, [, limit], at) => sum + ((sizes[at] ?? 0) <= limit ? (sizes[at] ?? 0) : 0), 0);

const MAX_COUNT = 2 ** 31 - 1;
const LATEST = Date.UTC(9999, 11, 31);

/** Anybody may have written these fields: what no column holds is not known. */
const count = (value: number | null | undefined): number | null =>
  typeof value === "number" && value >= 0 && value <= MAX_COUNT ? Math.floor(value) : null;
const time = (value: Date | null | undefined): Date | null =>
  value && value.getTime() >= 0 && value.getTime() <= LATEST ? value : null;
