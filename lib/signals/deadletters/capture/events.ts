import { MINUTE } from "#lib/core/time.ts";
import { sql, type Sql } from "#lib/db/sql.ts";
import { compareIds, eventTime } from "#lib/sources/bullmq/event-stream.ts";
import { BATCH, type Failure } from "./failure.ts";
import { unknownOf } from "./front.ts";
import { type Ingested, ingest } from "./ingest.ts";
import { type CapturedQueue, saveEventId, saveGap } from "./queues.ts";
import { type Entry, type FailureReader, timeOfScore } from "./reader.ts";
import { outcomesTold, supersededTold } from "./aftermath.ts";
import { listen, type Told, type ToldFailure } from "./told.ts";

/** More than BullMQ keeps of a queue by default: what came after a failure is then known when it is judged. */
const LIMITS = { events: 12_000, bytes: 4_000_000 };

/** Reads on in the event stream: what failed, what was thrown away with its failure, what others retried, what became of retries. */
export async function captureEvents(
  reader: FailureReader,
  queue: CapturedQueue,
  abort: AbortSignal,
): Promise<Ingested & { more: boolean }> {
  const ends = await reader.eventEnds(queue.ref);
  if (!ends) return { arrived: 0, lost: 0, more: false };
  const cursor = await cursorIn(queue, ends);
  const { told, hear } = listen();
  const lastId = await reader.events(queue.ref, cursor, LIMITS, abort, hear);
  const ingested = await apply(reader, queue, told, lastId, abort);
  return { ...ingested, more: compareIds(lastId, ends.last) < 0 };
}

/** Where to go on; notes when events are missing. A stream that ends before the cursor is another one. */
async function cursorIn(
  queue: CapturedQueue,
  ends: { first: string; last: string },
): Promise<string> {
  const { eventId } = queue;
  if (eventId === null) return START;
  const isAnother = compareIds(ends.last, eventId) < 0;
  if (isAnother || compareIds(ends.first, eventId) > 0) await saveGap(sql, queue.id);
  return isAnother ? START : eventId;
}

const START = "0-0";

/** Whoever starts to walk over a queue asks too: behind the cursor of another stream nothing ever comes. */
export async function noteAnotherStream(
  reader: FailureReader,
  queue: CapturedQueue,
): Promise<void> {
  const ends = queue.eventId === null ? null : await reader.eventEnds(queue.ref);
  if (!ends || compareIds(ends.last, queue.eventId ?? START) >= 0) return;
  await saveGap(sql, queue.id);
  await saveEventId(sql, queue.id, null);
}

async function apply(
  reader: FailureReader,
  queue: CapturedQueue,
  told: Told,
  lastId: string,
  abort: AbortSignal,
): Promise<Ingested> {
  const { captured, kept, left } = await captureKept(reader, queue, told.failures, abort);
  if (abort.aborted) return captured;
  const { pairs, unmatched } = await matchLeft(queue.id, left);
  const failures = await failuresOf(reader, queue, unmatched);
  const superseded = await supersededTold(reader, queue, told.retried);
  const total = { ...captured };
  for (let at = 0; at <= failures.length; at += BATCH.rows) {
    const isLast = at + BATCH.rows > failures.length;
    const { arrived, lost } = await ingest(
      queue.id,
      failures.slice(at, at + BATCH.rows),
      async (tx) => {
        if (!isLast) return;
        await superseded(tx);
        await outcomesTold(tx, queue, told.completed);
        await pair(tx, queue.id, [...kept, ...pairs]);
        await saveEventId(tx, queue.id, lastId);
      },
    );
    total.arrived += arrived;
    total.lost += lost;
  }
  return total;
}

/** The letter that a told failure became. */
interface Pair {
  eventId: string;
  jobId: string;
  failedAt: Date;
}

/** Captures the failures that are still in the failed set. */
async function captureKept(
  reader: FailureReader,
  queue: CapturedQueue,
  failures: readonly ToldFailure[],
  abort: AbortSignal,
): Promise<{ captured: Ingested; kept: Pair[]; left: ToldFailure[] }> {
  const last = failures.filter(({ next }) => next === null);
  const standings = await reader.standing(
    queue.ref,
    last.map(({ jobId }) => jobId),
  );
  const entries = last.flatMap(({ jobId, eventId }, at): (Entry & { eventId: string })[] => {
    const score = standings[at]?.score;
    return score ? [{ jobId, eventId, score }] : [];
  });
  const kept = new Map(entries.map((entry) => [entry.eventId, entry]));
  const unknown = await unknownOf(queue.id, entries);
  // Whatever leaves the set while it is read was not kept.
  for (const { eventId } of unknown) kept.delete(eventId);
  const captured = { arrived: 0, lost: 0 };
  const read = new Set<string>();
  for await (const found of reader.read(queue.ref, unknown, abort)) {
    const { arrived, lost } = await ingest(queue.id, found);
    captured.arrived += arrived;
    captured.lost += lost;
    for (const { eventId } of found) if (eventId) read.add(eventId);
  }
  const left = failures.filter(({ eventId }) => !kept.has(eventId) && !read.has(eventId));
  const pairs = [...kept.values()].map(({ eventId, jobId, score }): Pair => ({
    eventId,
    jobId,
    failedAt: new Date(timeOfScore(score)),
  }));
  return { captured, kept: pairs, left };
}

/** Clocks of workers and of Redis may be so far apart. */
const MAX_SKEW_MS = 10 * MINUTE;

/** Failures that have left the set may be letters already: each letter is one failure, and one event told of it. */
async function matchLeft(
  queueId: number,
  left: readonly ToldFailure[],
): Promise<{ pairs: Pair[]; unmatched: ToldFailure[] }> {
  const { rows } = await sql.query<{ jobId: string; failedAt: Date; eventId: string | null }>(
    `SELECT job_id AS "jobId", failed_at AS "failedAt", event_id AS "eventId" FROM deadletters_letter
     WHERE queue_id = $1 AND job_id = ANY($2) AND (event_id IS NULL OR event_id = ANY($3))`,
    [queueId, left.map(({ jobId }) => jobId), left.map(({ eventId }) => eventId)],
  );
  const letters = Map.groupBy(rows, ({ jobId }) => jobId);
  const pairs: Pair[] = [];
  const unmatched = left.filter(({ eventId, jobId }) => {
    const own = letters.get(jobId) ?? [];
    const distance = (letter: { failedAt: Date }): number =>
      Math.abs(letter.failedAt.getTime() - eventTime(eventId));
    const near = own
      .filter((letter) => letter.eventId === null && distance(letter) <= MAX_SKEW_MS)
      .toSorted((a, b) => distance(a) - distance(b));
    const letter = own.find((one) => one.eventId === eventId) ?? near[0];
    if (!letter) return true;
    letter.eventId = eventId;
    pairs.push({ eventId, jobId, failedAt: letter.failedAt });
    return false;
  });
  return { pairs, unmatched };
}

async function pair(tx: Sql, queueId: number, pairs: readonly Pair[]): Promise<void> {
  if (pairs.length === 0) return;
  await tx.query(
    `WITH chosen AS MATERIALIZED (
       SELECT l.id, given.event_id FROM unnest($2::text[], $3::timestamptz[], $4::text[]) AS given(job_id, failed_at, event_id)
       JOIN deadletters_letter l ON l.queue_id = $1 AND l.job_id = given.job_id AND l.failed_at = given.failed_at
       WHERE l.event_id IS NULL ORDER BY l.id FOR UPDATE OF l
     )
     UPDATE deadletters_letter l SET event_id = chosen.event_id FROM chosen WHERE l.id = chosen.id`,
    [
      queueId,
      pairs.map(({ jobId }) => jobId),
      pairs.map(({ failedAt }) => failedAt),
      pairs.map(({ eventId }) => eventId),
    ],
  );
}

/** Failures that only their event is left of. While the job itself is still there, so is its payload. */
async function failuresOf(
  reader: FailureReader,
  queue: CapturedQueue,
  told: readonly ToldFailure[],
): Promise<Failure[]> {
  const left = await reader.leftOf(
    queue.ref,
    told.map(({ jobId }) => jobId),
  );
  return told.map(({ eventId, jobId, reason, attempts, next }, at): Failure => {
    const job = next === "added" ? null : left[at];
    const wasThrownAway = next === "added" || (next === null && !job);
    return {
      ...(job ?? NOTHING),
      state: wasThrownAway ? "lost" : "superseded",
      jobId,
      failedAt: eventTime(eventId),
      score: null,
      eventId,
      error: reason,
      stacks: null,
      attempts: attempts ?? job?.attempts ?? null,
    };
  });
}

const NOTHING = {
  name: null,
  data: null,
  dataBytes: null,
  opts: null,
  attempts: null,
  starts: null,
  stalls: null,
  maxAttempts: null,
  worker: null,
  parent: null,
  addedAt: null,
  startedAt: null,
} as const;
