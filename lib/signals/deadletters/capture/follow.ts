import { SECOND } from "#lib/core/time.ts";
import { publishChanged } from "#lib/jobs/changed.ts";
import type { FollowContext } from "#lib/signals/define.ts";
import { Lane } from "#lib/sources/lane.ts";
import { captureEvents } from "./events.ts";
import { captureNewer, captureOverlap } from "./front.ts";
import type { Ingested } from "./ingest.ts";
import { giveUp, lookForOutcomes } from "./outcomes.ts";
import { type CapturedQueue, capturedQueues, saveCaptured } from "./queues.ts";
import { type FailureReader, type Front, type Look, timeOfScore } from "./reader.ts";
import { readerOf } from "./readers.ts";
import { walkIsDue, walkOn } from "./walk.ts";

/** Queues captured side by side: one reads while another writes. */
const AT_ONCE = 2;
/** Batches of one queue before the others have their turn. */
const BATCHES = 8;
const OVERLAP_EVERY_MS = 10 * SECOND;
/** After this time nobody's clock is so far behind that a failure would come in below. */
const OVERLAP_WHILE_MS = 120 * SECOND;

/** Some readers pass the newest events over until those before are there for certain. */
const EVENTS_LATE_MS = 3 * SECOND;

/** What one process remembers of a queue to save itself work; losing it costs a second look, nothing else. */
interface Memory {
  front: Front | null;
  /** The watermark that goes with it. */
  watermark: string | null;
  /** The newest score when everything was read. */
  newest: string | null;
  overlapAt: number;
  openAfter: bigint | null;
  /** Retried letters whose job is nowhere, and when that was seen first. */
  nowhere: Map<bigint, number>;
}

const memories = new Map<number, Memory>();

/** One round over all queues of a source, and more of them at once while there is a backlog. */
export async function follow({ source, abort }: FollowContext): Promise<void> {
  const reader = readerOf(source);
  if (!reader) return;
  for (let more = true; more && !abort.aborted;) {
    const queues = await capturedQueues(source.id);
    const round = await captureAll(reader, queues, abort);
    if (round.changed) await publishChanged([["signals", "deadletters"]]);
    await saveCaptured(round.done);
    if (round.failure) throw round.failure.error;
    more = round.more;
  }
}

interface Round {
  /** Queues with nothing left to capture. */
  done: number[];
  more: boolean;
  changed: boolean;
  failure: { error: unknown } | null;
}

/** A queue that cannot be read holds up no other. */
async function captureAll(
  reader: FailureReader,
  queues: readonly CapturedQueue[],
  abort: AbortSignal,
): Promise<Round> {
  const looks = await reader.look(queues, abort);
  const lane = new Lane(AT_ONCE);
  const round: Round = { done: [], more: false, changed: false, failure: null };
  await Promise.all(
    looks.map((look, at) =>
      lane.run(async () => {
        const queue = queues[at] as CapturedQueue;
        if (abort.aborted) return;
        try {
          const seen = await captureQueue(reader, queue, look, abort);
          round.changed ||= seen.arrived > 0;
          // Events that are left wait for the next round: a queue may tell more than anybody can read.
          round.more ||= seen.more;
          if (seen.whole && !seen.more && !abort.aborted) round.done.push(queue.id);
        } catch (error) {
          round.failure ??= { error };
        }
      }),
    ),
  );
  return round;
}

async function captureQueue(
  reader: FailureReader,
  queue: CapturedQueue,
  look: Look,
  abort: AbortSignal,
): Promise<{ arrived: number; more: boolean; whole: boolean }> {
  const memory = memoryOf(queue);
  const parts: Ingested[] = [];
  const progress = { more: false, whole: true };
  // Events that cannot be taken in must not keep the failed set from being read.
  const [heard] = await Promise.allSettled([
    look.events ? captureEvents(reader, queue, abort) : NOTHING_HEARD,
  ]);
  if (heard.status === "fulfilled") {
    progress.whole = heard.value.whole;
    parts.push(heard.value);
  }
  if (look.newest !== null && look.newest !== memory.newest) {
    const read = await captureNewer(reader, queue, memory.front, BATCHES, abort);
    memory.front = read.front;
    memory.watermark = read.watermark;
    if (!read.more) memory.newest = look.newest;
    progress.more = read.more;
    parts.push(read);
  }
  if (!progress.more && overlapIsDue(look, memory)) {
    memory.overlapAt = Date.now();
    parts.push(await captureOverlap(reader, queue, abort));
  }
  // What the walk would find now is mostly what is about to be read anyway.
  if (!progress.more && walkIsDue(queue) && !abort.aborted)
    parts.push(await walkOn(reader, queue, abort));
  if (heard.status === "rejected") throw heard.reason;
  if (queue.hasOpen && progress.whole && !abort.aborted) await lookAtOpen(reader, queue, memory);
  return { arrived: parts.reduce((sum, { arrived }) => sum + arrived, 0), ...progress };
}

const NOTHING_HEARD = { arrived: 0, lost: 0, whole: true };

/**
 * Once every event is read. A job leaves its queue together with its event: of one that was nowhere some time ago, and that no
 * event has told of since, nothing ever will.
 */
async function lookAtOpen(
  reader: FailureReader,
  queue: CapturedQueue,
  memory: Memory,
): Promise<void> {
  const now = Date.now();
  const due = [...memory.nowhere].filter(([, since]) => now - since > EVENTS_LATE_MS);
  await giveUp(due.map(([id]) => id));
  for (const [id] of due) memory.nowhere.delete(id);
  const looked = await lookForOutcomes(reader, queue, memory.openAfter);
  memory.openAfter = looked.next;
  for (const id of looked.nowhere) if (!memory.nowhere.has(id)) memory.nowhere.set(id, now);
}

function overlapIsDue({ newest }: Look, { overlapAt }: Memory): boolean {
  const now = Date.now();
  if (newest === null || now - overlapAt < OVERLAP_EVERY_MS) return false;
  return now - timeOfScore(newest) < OVERLAP_WHILE_MS;
}

/** What is remembered holds only while the database says the same: another worker may have gone on, or a crash back. */
function memoryOf({ id, watermark }: CapturedQueue): Memory {
  const known = memories.get(id);
  if (known && known.watermark === watermark) return known;
  const memory: Memory = {
    front: watermark === null ? null : { score: watermark, skip: 0 },
    watermark,
    newest: null,
    overlapAt: known?.overlapAt ?? 0,
    openAfter: known?.openAfter ?? null,
    nowhere: known?.nowhere ?? new Map(),
  };
  memories.set(id, memory);
  return memory;
}
