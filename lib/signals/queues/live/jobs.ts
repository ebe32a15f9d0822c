import { redactText } from "#lib/core/redact.ts";
import { readEach } from "#lib/sources/bullmq/batch.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { FACT_FIELDS, type JobFacts, jobFacts, jobOptions } from "#lib/sources/bullmq/job-hash.ts";
import { type PageEntry, readPage } from "#lib/sources/bullmq/job-page.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { dueTime, type JobState } from "#lib/sources/bullmq/states.ts";
import type { JobRow, LivePage } from "../live-schema.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";

/** Longer texts are not fetched for a list: fifty errors of 5 MB would be a quarter of a gigabyte. */
const MAX_TEXT_BYTES = 64 * 1024;
const SHOWN_REASON = 300;

export interface JobsParams {
  state: JobState;
  order: "first" | "last";
  limit: number;
  cursor?: string | undefined;
}

/** One page of jobs: at most some 200 cheap commands, however many jobs the queue holds. */
export async function readJobs(
  conn: BullmqConnection,
  queue: QueueRef,
  { state, order, limit, cursor }: JobsParams,
): Promise<LivePage> {
  const request = { state, order, limit, cursor: decodeCursor(cursor) };
  const page = await readPage(conn, queue, request);
  const rows = await readRows(conn, queue, state, page.entries);
  return { state, total: page.total, rows, nextCursor: page.next && encodeCursor(page.next) };
}

/** What a list shows of these jobs. */
export async function readRows(
  conn: BullmqConnection,
  queue: QueueRef,
  state: JobState,
  entries: readonly PageEntry[],
): Promise<JobRow[]> {
  const heads = await readEach(conn, entries, (batch, { id }) => {
    const key = queueKey(queue, id);
    batch
      .hmget(key, ...FACT_FIELDS)
      .hstrlen(key, "opts")
      .hstrlen(key, "failedReason");
  });
  const texts = await readEach(
    conn,
    entries.map((entry, at) => ({ entry, head: heads[at] ?? [] })),
    (batch, { entry, head }) => {
      const key = queueKey(queue, entry.id);
      const [, optsBytes, reasonBytes] = head;
      // A field that is too long is asked for under a name that does not exist.
      batch.hmget(key, fitting("opts", optsBytes), fitting("failedReason", reasonBytes));
    },
  );
  return entries.map((entry, at) => {
    const facts = factsOf(heads[at]?.[0]);
    const [opts, reason] = (texts[at]?.[0] ?? []) as (string | null)[];
    const tooLong = Number(heads[at]?.[2] ?? 0) > MAX_TEXT_BYTES;
    return {
      id: entry.id,
      ...shownFacts(facts, jobOptions(opts)?.attempts ?? null),
      dueAt: state === "delayed" && entry.score ? dueTime(Number(entry.score)).toISOString() : null,
      failedReason: tooLong ? "The error text is too long to list." : shorten(reason),
      ghost: facts === null,
    };
  });
}

const fitting = (field: string, bytes: unknown): string =>
  typeof bytes === "number" && bytes <= MAX_TEXT_BYTES ? field : "";

const factsOf = (answer: unknown): JobFacts | null =>
  Array.isArray(answer) ? jobFacts(answer as (string | null)[]) : null;

export function shorten(reason: string | null | undefined): string | null {
  if (reason === null || reason === undefined) return null;
  // Cut behind the mask, so that half an address cannot slip through.
  const text = redactText(reason);
  return text.length > SHOWN_REASON ? `${text.slice(0, SHOWN_REASON)}…` : text;
}

/** The facts as they are sent; BullMQ tries once when nothing else was asked for. */
export function shownFacts(facts: JobFacts | null, attempts: number | null) {
  return {
    name: facts?.name ? redactText(facts.name) : null,
    addedAt: facts?.addedAt?.toISOString() ?? null,
    startedAt: facts?.startedAt?.toISOString() ?? null,
    finishedAt: facts?.finishedAt?.toISOString() ?? null,
    attemptsMade: facts?.attemptsMade ?? 0,
    attemptsStarted: facts?.attemptsStarted ?? null,
    maxAttempts: attempts ?? 1,
    stalls: facts?.stalls ?? null,
    priority: facts?.priority ?? 0,
    worker: facts?.worker ?? null,
  };
}
