import { AppError } from "#lib/core/errors.ts";
import { sql } from "#lib/db/sql.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { hasReceipt } from "#lib/sources/bullmq/fenced.ts";
import { addCopy } from "#lib/sources/bullmq/job-acts.ts";
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
  const move: Move = { redrive, from, to };
  return {
    // Each copy leaves its own receipt, for a day.
    enter: async () => ({ receiptsKept: true }),
    send: (conn, items) => inParts(items, (item) => copyOne(conn, move, item)),
    look: (conn, items) => inParts(items, (item) => lookAtOne(conn, move, item)),
    forget: async () => {},
    close: async () => {},
  };
}

interface Move {
  redrive: LeasedRedrive;
  from: QueueRef;
  to: QueueRef;
}

async function copyOne(conn: BullmqConnection, move: Move, item: Item): Promise<Sent> {
  const { from, to } = move;
  const standing = await standingOf(conn, from, item);
  if (standing !== "here") return (await isThere(conn, move, item)) ? "sent" : standing;
  const content = await contentOf(sql, item.letterId);
  const data = content.edit ?? content.data;
  if (!data) return "changed";
  const runId = runOf(move, item);
  const { text: opts, priority, lifo } = copyOptions(content.opts);
  const copy = { queue: to, runId, id: idOf(move, item), name: item.name ?? "", data };
  const original = { queue: from, id: item.job, score: String(item.score) };
  const added = await addCopy(conn, { ...copy, opts, priority, lifo, original });
  if (added.outcome === "fenced" && !(await isThere(conn, move, item))) {
    const now = await standingOf(conn, from, item);
    if (now !== "here") return now;
    throw new AppError("not_found", `Queue ${move.redrive.target} does not take jobs any more`);
  }
  return "sent";
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
