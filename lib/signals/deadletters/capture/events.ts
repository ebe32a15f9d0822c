import { sql } from "#lib/db/sql.ts";
import { compareIds, eventTime } from "#lib/sources/bullmq/event-stream.ts";
import { BATCH, type Failure, storableCount } from "./failure.ts";
import { unknownOf } from "./front.ts";
import { type Ingested, ingest } from "./ingest.ts";
import { type CapturedQueue, saveEventId, saveGap } from "./queues.ts";
import {
  type Entry,
  type FailureReader,
  isSameScore,
  storableTime,
  timeOfScore,
} from "./reader.ts";
import { outcomesTold, standingsTold } from "./aftermath.ts";
import { matchLeft, pair, type Pair } from "./pairs.ts";
import { listen, type Told, type ToldFailure } from "./told.ts";

/** More than BullMQ keeps of a queue by default: what came after a failure is then known when it is judged. */
const LIMITS = { events: 12_000, bytes: 4_000_000 };

/**
 * Reads on in the event stream: what failed, what was thrown away with its failure, what others retried, what became of retries.
 * `whole` tells that nothing was left to read.
 */
export async function captureEvents(
  reader: FailureReader,
  queue: CapturedQueue,
  abort: AbortSignal,
): Promise<Ingested & { whole: boolean }> {
  const ends = await reader.eventEnds(queue.ref);
  if (!ends) return { arrived: 0, lost: 0, whole: true };
  const { cursor, gap } = cursorIn(queue, ends);
  const { told, hear } = listen();
  const lastId = await reader.events(queue.ref, cursor, LIMITS, abort, hear);
  const ingested = await apply(reader, queue, { ...told, lastId, gap }, abort);
  return { ...ingested, whole: compareIds(lastId, ends.last) >= 0 };
}

/** Where to go on, and whether events are missing before. A stream that ends before the cursor is another one. */
function cursorIn(
  { eventId }: CapturedQueue,
  ends: { first: string; last: string },
): { cursor: string; gap: boolean } {
  if (eventId === null) return { cursor: START, gap: false };
  const isAnother = compareIds(ends.last, eventId) < 0;
  const gap = isAnother || compareIds(ends.first, eventId) > 0;
  return { cursor: isAnother ? START : eventId, gap };
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
  told: Told & { lastId: string; gap: boolean },
  abort: AbortSignal,
): Promise<Ingested> {
  // First, because what failed since says of the letters before only that they are not dead any more.
  await standingsTold(reader, queue, told);
  const { captured, kept, left } = await captureKept(reader, queue, told.failures, abort);
  if (abort.aborted) return captured;
  const { pairs, unmatched } = await matchLeft(queue.id, left);
  const failures = await failuresOf(reader, queue, unmatched);
  const total = { ...captured };
  for (let at = 0; at <= failures.length; at += BATCH.rows) {
    const isLast = at + BATCH.rows > failures.length;
    const { arrived, lost } = await ingest(
      queue.id,
      failures.slice(at, at + BATCH.rows),
      async (tx) => {
        if (!isLast) return;
        await outcomesTold(tx, queue, told.completed);
        await pair(tx, queue.id, [...kept, ...pairs]);
        if (told.gap) await saveGap(tx, queue.id);
        await saveEventId(tx, queue.id, told.lastId);
      },
    );
    total.arrived += arrived;
    total.lost += lost;
  }
  return total;
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
  const unread = unknown.filter(({ eventId }) => !read.has(eventId));
  // What is there and could not be read has not left: the slow walk comes back to it.
  for (const { eventId } of await stillThere(reader, queue, unread)) read.add(eventId);
  const left = failures.filter(({ eventId }) => !kept.has(eventId) && !read.has(eventId));
  const pairs = [...kept.values()].map(({ eventId, jobId, score }): Pair => ({
    eventId,
    jobId,
    failedAt: new Date(timeOfScore(score)),
  }));
  return { captured, kept: pairs, left };
}

async function stillThere<Item extends Entry>(
  reader: FailureReader,
  queue: CapturedQueue,
  entries: readonly Item[],
): Promise<Item[]> {
  const standings = await reader.standing(
    queue.ref,
    entries.map(({ jobId }) => jobId),
  );
  return entries.filter(({ score }, at) => isSameScore(standings[at]?.score, score));
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
      failedAt: storableTime(eventTime(eventId)),
      score: null,
      eventId,
      error: reason,
      stacks: null,
      attempts: storableCount(attempts) ?? job?.attempts ?? null,
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
