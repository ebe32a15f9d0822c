import { AppError } from "#lib/core/errors.ts";
import { sql } from "#lib/db/sql.ts";
import {
  type ActingLease,
  closeLease,
  enterLease,
  keepLease,
} from "#lib/sources/bullmq/acting-lease.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { addCopy, type CopyAct } from "#lib/sources/bullmq/copy-job.ts";
import { hasReceipt } from "#lib/sources/bullmq/fenced.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { copyId, copyOptions } from "../copy.ts";
import { contentOf } from "../letters.ts";
import { standingOf } from "../standing.ts";
import type { Item } from "./batch.ts";
import type { LeasedRedrive } from "./lease.ts";
import type { Found, Sender, Sent } from "./send.ts";

/** Copies under way at once: payloads may be large. */
const AT_ONCE = 5;

/**
 * Puts a copy of each job into another queue and takes the original out of the failed set, as moving one letter does. The copy's
 * id follows from the failure, so that the same failure is never there twice, whoever adds it.
 */
export function sendCopies(redrive: LeasedRedrive, from: QueueRef, to: QueueRef): Sender {
  const held = { queue: to, id: redrive.id, lease: redrive.lease };
  const move: Move = { redrive, from, to, held };
  return {
    async enter(conn) {
      await enterLease(conn, held);
      // Each copy leaves a receipt of its own, for a day.
      return { receiptsKept: true };
    },
    send: (conn, items) => inParts(items, (item) => copyOne(conn, move, item)),
    look: (conn, items) => inParts(items, (item) => lookAtOne(conn, move, item)),
    forget: (conn) => keepLease(conn, held),
    close: (conn) => closeLease(conn, held),
  };
}

interface Move {
  redrive: LeasedRedrive;
  from: QueueRef;
  to: QueueRef;
  held: ActingLease;
}

async function copyOne(conn: BullmqConnection, move: Move, item: Item): Promise<Sent> {
  const act = await copyAct(move, item);
  const added = act ? await addCopy(conn, act) : "changed";
  if (added === "done" || added === "there") return "sent";
  if (added === "changed" || added === "child") return "changed";
  if (added === "no_queue")
    throw new AppError("not_found", `Queue ${move.redrive.target} does not take jobs any more`);
  const now = await standingOf(conn, move.from, item);
  return now === "here" ? "superseded" : now;
}

/** Null when the payload was not kept. */
async function copyAct(move: Move, item: Item): Promise<CopyAct | null> {
  const { from, to, held } = move;
  const { data, edit, opts: stored } = await contentOf(sql, item.letterId);
  if (!data) return null;
  const { text: opts, priority, lifo } = copyOptions(stored);
  const copy = { id: idOf(move, item), name: item.name ?? "", data: edit ?? data, opts };
  const original = { queue: from, id: item.job, score: item.score ?? "", data };
  return { queue: to, runId: runOf(move, item), ...copy, priority, lifo, original, held };
}

async function lookAtOne(conn: BullmqConnection, move: Move, item: Item): Promise<Found> {
  return (await isThere(conn, move, item)) ? "sent" : standingOf(conn, move.from, item);
}

/** The receipt stays for a day, and so does the copy, also when it is done at once. */
async function isThere(conn: BullmqConnection, move: Move, item: Item): Promise<boolean> {
  const receipt = { queue: move.to, runId: runOf(move, item) };
  if (await hasReceipt(conn, receipt)) return true;
  const key = queueKey(move.to, idOf(move, item));
  return (await conn.run((redis) => redis.exists(key))) === 1;
}

const runOf = ({ redrive }: Move, { letterId }: Item): string => `${redrive.id}:${letterId}`;

const idOf = ({ redrive: { queueKey: key } }: Move, { job, score }: Item): string =>
  copyId({ queueKey: key, job, score });

async function inParts<Answer>(
  items: readonly Item[],
  work: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    answers.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))));
  }
  return answers;
}
