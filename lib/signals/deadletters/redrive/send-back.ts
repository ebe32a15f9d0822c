import { sql } from "#lib/db/sql.ts";
import { closeLease, enterLease } from "#lib/sources/bullmq/acting-lease.ts";
import { payloadSha1 } from "#lib/sources/bullmq/payload.ts";
import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import {
  forgetReceipts,
  lookAtRetries,
  type RetryAnswer,
  type RetryLook,
  type RetryOne,
  retryMany,
} from "#lib/sources/bullmq/retry-many.ts";
import { BATCH, inGroups } from "../capture/failure.ts";
import type { Item } from "./batch.ts";
import type { LeasedRedrive } from "./lease.ts";
import type { Found, Sender, Sent } from "./send.ts";

const SENT: Readonly<Record<RetryAnswer, Sent>> = {
  done: "sent",
  repeated: "sent",
  superseded: "superseded",
  changed: "changed",
  gone: "gone",
};
const FOUND: Readonly<Record<RetryLook, Found>> = {
  applied: "sent",
  here: "here",
  superseded: "superseded",
  gone: "gone",
};

/** Retries each job in its own queue, with the changed payload where somebody made one. */
export function sendBack(redrive: LeasedRedrive, queue: QueueRef): Sender {
  const log = { queue, id: redrive.id, lease: redrive.lease };
  return {
    enter: (conn) => enterLease(conn, log),
    async send(conn, items) {
      const answers: Sent[] = [];
      for (const some of inGroups(items, BATCH, ({ editBytes }) => editBytes)) {
        const edits = await editsOf(some);
        const jobs = some.map((item) => retryOf(redrive, item, edits.get(item.letterId)));
        answers.push(...(await retryMany(conn, log, jobs)).map((answer) => SENT[answer]));
      }
      return answers;
    },
    look: async (conn, items) =>
      (await lookAtRetries(conn, log, items.map(named))).map((answer) => FOUND[answer]),
    forget: (conn, items) => forgetReceipts(conn, log, items.map(named)),
    close: (conn) => closeLease(conn, log),
  };
}

/** A letter without a score has no job left in its failed set: no score equals the empty one. */
const named = ({ job, score }: Item) => ({ id: job, score: score ?? "" });

function retryOf(redrive: LeasedRedrive, item: Item, edit: RetryOne["edit"]): RetryOne {
  const { attempts: attemptsMade, lifo } = item;
  const { resetAttempts } = redrive;
  return { ...named(item), attemptsMade, lifo, resetAttempts, ...(edit && { edit }) };
}

async function editsOf(items: readonly Item[]): Promise<Map<bigint, RetryOne["edit"]>> {
  const edited = items.filter(({ editBytes }) => editBytes > 0);
  if (edited.length === 0) return new Map();
  const { rows } = await sql.query<{ id: bigint; data: Buffer; original: Buffer }>(
    `SELECT e.letter_id AS id, e.data, c.data AS original FROM deadletters_edit e
     JOIN deadletters_content c ON c.letter_id = e.letter_id WHERE e.letter_id = ANY($1::bigint[])`,
    [edited.map(({ letterId }) => String(letterId))],
  );
  return new Map(rows.map(({ id, data, original }) => [id, { from: payloadSha1(original), data }]));
}
