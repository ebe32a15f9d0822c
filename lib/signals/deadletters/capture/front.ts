import { setImmediate as othersTurn } from "node:timers/promises";
import { sql } from "#lib/db/sql.ts";
import { DAY, MINUTE } from "#lib/core/time.ts";
import { type Failure, isStorableId } from "./failure.ts";
import { type Ingested, ingest, ingestPrepared } from "./ingest.ts";
import { prepare, type Prepared } from "./prepare.ts";
import { type CapturedQueue, saveWatermark } from "./queues.ts";
import { type Entry, type FailureReader, type Front, timeOfScore } from "./reader.ts";

const PAGE = 500;
/** Failures that are prepared before other work has its turn: a few milliseconds. */
const AT_A_TIME = 20;
/** Scores are times of the workers' clocks: one that is behind writes below what was read already. */
const OVERLAP_MS = MINUTE;
/** A second look at the overlap covers so many entries; more are left to events and to the slow walk. */
const OVERLAP_PAGES = 10;
/** A score further ahead is no time to go by. */
const MAX_AHEAD_MS = DAY;

interface Step {
  prepared: Prepared[];
  /** Everything up to this score has been handed over. */
  upTo: string | null;
  front: Front | null;
}

export interface Reading extends Ingested {
  /** Where the next reading goes on, and the watermark that the database has by then. */
  front: Front | null;
  watermark: string | null;
  /** There is more to read. */
  more: boolean;
}

/** Captures what is newer than `front`, batch by batch; the watermark goes with the rows. Stops after `batches`. */
export async function captureNewer(
  reader: FailureReader,
  queue: CapturedQueue,
  from: Front | null,
  batches: number,
  abort: AbortSignal,
): Promise<Reading> {
  const { watermark } = queue;
  const reading: Reading = { arrived: 0, lost: 0, front: from, watermark, more: false };
  let count = 0;
  for await (const { prepared, upTo, front } of ahead(
    stepsFrom(reader, queue, from, abort),
    batches,
  )) {
    const { arrived, lost } = await ingestPrepared(queue.id, prepared, async (tx) => {
      if (upTo !== null) await saveWatermark(tx, queue.id, upTo);
    });
    reading.arrived += arrived;
    reading.lost += lost;
    if (front) reading.front = front;
    if (upTo !== null && Number(upTo) > Number(reading.watermark ?? -1)) reading.watermark = upTo;
    count += 1;
    if (count >= batches) return { ...reading, more: true };
  }
  // Reading that was cut short has not seen the end.
  return { ...reading, more: abort.aborted };
}

/** Looks again at the time just before the watermark, for failures whose clocks are behind. */
export async function captureOverlap(
  reader: FailureReader,
  queue: CapturedQueue,
  abort: AbortSignal,
): Promise<Ingested> {
  const total = { arrived: 0, lost: 0 };
  const until = Math.min(timeOfScore(queue.watermark ?? "0"), Date.now());
  let front: Front | null = { score: String(Math.max(0, until - OVERLAP_MS)), skip: 0 };
  for (let page = 0; page < OVERLAP_PAGES && !abort.aborted; page += 1) {
    const entries = await reader.newer(queue.ref, front, PAGE);
    const { arrived, lost } = await captureEntries(reader, queue, entries, abort);
    total.arrived += arrived;
    total.lost += lost;
    front = behind(front, entries);
    if (entries.length < PAGE) break;
  }
  return total;
}

/** Captures those of these entries that are not known yet. */
export async function captureEntries(
  reader: FailureReader,
  queue: CapturedQueue,
  entries: readonly Entry[],
  abort: AbortSignal,
): Promise<Ingested> {
  const total = { arrived: 0, lost: 0 };
  const unknown = await unknownOf(queue.id, entries);
  for await (const failures of reader.read(queue.ref, unknown, abort)) {
    const { arrived, lost } = await ingest(queue.id, failures);
    total.arrived += arrived;
    total.lost += lost;
  }
  return total;
}

/** Those of these entries that no letter is about; those that cannot be stored are left out. */
export async function unknownOf<Item extends Entry>(
  queueId: number,
  entries: readonly Item[],
): Promise<Item[]> {
  const storable = entries.filter(({ jobId }) => isStorableId(jobId));
  if (storable.length === 0) return [];
  const { rows } = await sql.query<{ at: bigint }>(
    // One look into the index each: of a table that grows this fast the planner knows only what it was minutes ago.
    `SELECT at FROM (
       SELECT given.at, (SELECT l.id FROM deadletters_letter l
         WHERE l.queue_id = $1 AND l.job_id = given.job AND l.failed_at = given.failed_at LIMIT 1) AS known
       FROM unnest($2::text[], $3::timestamptz[]) WITH ORDINALITY AS given(job, failed_at, at)
     ) AS looked WHERE known IS NULL`,
    [
      queueId,
      storable.map(({ jobId }) => jobId),
      storable.map(({ score }) => new Date(timeOfScore(score))),
    ],
  );
  const unknown = new Set(rows.map(({ at }) => Number(at) - 1));
  return storable.filter((_entry, at) => unknown.has(at));
}

async function* stepsFrom(
  reader: FailureReader,
  queue: CapturedQueue,
  from: Front | null,
  abort: AbortSignal,
): AsyncGenerator<Step> {
  let front = from;
  while (!abort.aborted) {
    const entries = await reader.newer(queue.ref, front, PAGE);
    const unknown = await unknownOf(queue.id, entries);
    let last: Prepared[] = [];
    for await (const failures of reader.read(queue.ref, unknown, abort)) {
      if (last.length > 0) yield { prepared: last, upTo: scoreOf(last), front: null };
      last = await prepareAll(failures);
    }
    // What was cut short is read again.
    if (abort.aborted) return;
    front = behind(front, entries);
    yield { prepared: last, upTo: usable(entries.at(-1)?.score), front };
    if (entries.length < PAGE) return;
  }
}

/** Bit by bit: the batch before is just being stored, and each of its statements waits for this thread. */
async function prepareAll(failures: readonly Failure[]): Promise<Prepared[]> {
  const prepared: Prepared[] = [];
  for (const failure of failures) {
    if (prepared.length % AT_A_TIME === 0) await othersTurn();
    prepared.push(prepare(failure));
  }
  return prepared;
}

const scoreOf = (prepared: readonly Prepared[]): string | null =>
  usable(prepared.findLast(({ failure }) => failure.score)?.failure.score);

function usable(score: string | null | undefined): string | null {
  return score && timeOfScore(score) < Date.now() + MAX_AHEAD_MS ? score : null;
}

/** Entries with one score are counted off, since a score alone does not tell them apart. */
function behind(front: Front | null, entries: readonly Entry[]): Front | null {
  const last = entries.at(-1);
  if (!last) return front;
  const same = entries.filter(({ score }) => score === last.score).length;
  return { score: last.score, skip: last.score === front?.score ? front.skip + same : same };
}

/** At most so many items; asks for the next one while the current one is worked on. */
async function* ahead<Item>(items: AsyncGenerator<Item>, most: number): AsyncGenerator<Item> {
  let next = items.next();
  try {
    for (let count = 1; count <= most; count += 1) {
      const item = await next;
      if (item.done) return;
      if (count < most) next = items.next();
      // Awaited above, or not at all when the consumer stops here.
      next.catch(() => {});
      yield item.value;
    }
  } finally {
    await next.catch(() => {});
    await items.return(undefined);
  }
}
