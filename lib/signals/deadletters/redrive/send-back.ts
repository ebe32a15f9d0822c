import { createHash } from "node:crypto";
import { sql } from "#lib/db/sql.ts";
import { jobOptions } from "#lib/sources/bullmq/job-hash.ts";
import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import {
  closeRetries,
  enterRetries,
  forgetReceipts,
  lookAtRetries,
  type RetryAnswer,
  type RetryLook,
  type RetryOne,
  retryMany,
} from "#lib/sources/bullmq/retry-many.ts";
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
    enter: (conn) => enterRetries(conn, log),
    async send(conn, items) {
      const edits = await editsOf(items);
      const jobs = items.map((item): RetryOne => {
        const edit = edits.get(item.letterId);
        return {
          ...named(item),
          attemptsMade: item.attempts,
          lifo: jobOptions(item.opts)?.lifo ?? false,
          resetAttempts: redrive.resetAttempts,
          ...(edit && { edit }),
        };
      });
      return (await retryMany(conn, log, jobs)).map((answer) => SENT[answer]);
    },
    look: async (conn, items) =>
      (await lookAtRetries(conn, log, items.map(named))).map((answer) => FOUND[answer]),
    forget: (conn, items) => forgetReceipts(conn, log, items.map(named)),
    close: (conn) => closeRetries(conn, log),
  };
}

/** A letter without a score has no job left in its failed set: no score equals the empty one. */
const named = ({ job, score }: Item) => ({ id: job, score: score ?? "" });

async function editsOf(items: readonly Item[]): Promise<Map<bigint, RetryOne["edit"]>> {
  const { rows } = await sql.query<{ id: bigint; data: Buffer; original: Buffer | null }>(
    `SELECT e.letter_id AS id, e.data, c.data AS original FROM deadletters_edit e
     JOIN deadletters_content c ON c.letter_id = e.letter_id WHERE e.letter_id = ANY($1::bigint[])`,
    [items.map(({ letterId }) => String(letterId))],
  );
  const sha1 = (data: Buffer): string => createHash("sha1").update(data).digest("hex");
  return new Map(
    rows.flatMap(({ id, data, original }) =>
      original ? [[id, { from: sha1(original), data }] as const] : [],
    ),
  );
}
