import { MINUTE } from "#lib/core/time.ts";
import { sql, transaction } from "#lib/db/sql.ts";
import { forgottenBefore } from "../retain.ts";
import { observed } from "../transition.ts";
import { noteAnotherStream } from "./events.ts";
import { captureEntries } from "./front.ts";
import type { Ingested } from "./ingest.ts";
import { type CapturedQueue, saveWalk, saveWalkEnd, type Walk } from "./queues.ts";
import { type Entry, type FailureReader, isSameScore, timeOfScore } from "./reader.ts";

const PAGE = 1_000;
/** So long after a walk has met everything the next one begins. */
const EVERY_MS = 10 * MINUTE;

/** A walk is under way or should begin: at once when events are missing. */
export function walkIsDue({ walk, gapSince, reconciledAt }: CapturedQueue): boolean {
  if (walk || gapSince || !reconciledAt) return true;
  return Date.now() - reconciledAt.getTime() > EVERY_MS;
}

/**
 * One page of the slow walk, which finds what every other way has missed: first over the failed set, for failures without a
 * letter, then over the letters that are dead here, for jobs that are not dead there any more.
 */
export async function walkOn(
  reader: FailureReader,
  queue: CapturedQueue,
  abort: AbortSignal,
): Promise<Ingested> {
  const walk = queue.walk ?? (await begin(reader, queue));
  if (walk.over === "letters") {
    await overLetters(reader, queue, walk);
    return { arrived: 0, lost: 0 };
  }
  const { entries, next } = await reader.walk(queue.ref, walk.cursor, PAGE);
  const ingested = await captureEntries(reader, queue, notForgotten(queue, entries), abort);
  if (abort.aborted) return ingested;
  const over = next === null ? "letters" : "set";
  await saveWalk(queue.id, { ...walk, over, cursor: next });
  return ingested;
}

/** Once all is captured, an old failure without a letter had one: it was discarded, and then forgotten. */
function notForgotten(
  { reconciledAt }: CapturedQueue,
  entries: readonly Entry[],
): readonly Entry[] {
  if (!reconciledAt) return entries;
  const before = forgottenBefore(new Date()).getTime();
  return entries.filter(({ score }) => timeOfScore(score) >= before);
}

async function begin(reader: FailureReader, queue: CapturedQueue): Promise<Walk> {
  await noteAnotherStream(reader, queue);
  const { rows } = await sql.query<{ since: number }>(
    "SELECT (extract(epoch FROM now()) * 1000)::float8 AS since",
  );
  return { since: rows[0]?.since ?? 0, over: "set", cursor: null };
}

async function overLetters(reader: FailureReader, queue: CapturedQueue, walk: Walk): Promise<void> {
  const { rows } = await sql.query<{ id: bigint; job: string; score: string | null }>(
    `SELECT id, job_id AS job, score FROM deadletters_letter
     WHERE queue_id = $1 AND state = 'dead' AND id > $2::bigint ORDER BY id LIMIT $3`,
    [queue.id, walk.cursor ?? "0", PAGE],
  );
  const standings = await reader.standing(
    queue.ref,
    rows.map(({ job }) => job),
  );
  const left = rows.flatMap(({ id, score }, at) => {
    const standing = standings[at];
    if (!standing || isSameScore(standing.score, score)) return [];
    return [{ id, to: standing.exists ? ("superseded" as const) : ("gone" as const) }];
  });
  if (left.length > 0) {
    await transaction(async (tx) => {
      for (const [to, letters] of Map.groupBy(left, (one) => one.to)) {
        await observed(
          tx,
          letters.map(({ id }) => id),
          to,
        );
      }
    });
  }
  const last = rows.at(-1);
  if (!last || rows.length < PAGE) await saveWalkEnd(queue.id, walk);
  else await saveWalk(queue.id, { ...walk, cursor: String(last.id) });
}
