import { z } from "zod";
import { defineAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import { sql } from "#lib/db/sql.ts";
import { asFence, openForAction } from "#lib/sources/bullmq/acting.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { addCopy } from "#lib/sources/bullmq/copy-job.ts";
import { hasReceipt } from "#lib/sources/bullmq/fenced.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import { copyId, copyOptions } from "../copy.ts";
import { contentOf, type Letter, letterById } from "../letters.ts";
import { type Standing, standingOf } from "../standing.ts";
import {
  claimLetter,
  editShown,
  letterInput,
  requireSameEdit,
  settleLetter,
  type SettledResult,
} from "./claiming.ts";

const moveInput = letterInput.extend({
  /** `prefix:name` of a queue of the same source; the letter's own queue adds a new job there. */
  target: z
    .string()
    .max(1_000)
    .refine((key) => refOfKey(key) !== null, { error: "Write it as prefix:queue" }),
  edit: editShown,
});

type Fence = { standing: Standing; copy: string };

/**
 * Puts a copy of a failed job into a queue, once, and takes the original out of the failed set. Also for a job that its queue does
 * not have any more: its payload is kept here.
 */
export const move = defineAction<z.output<typeof moveInput>, SettledResult & { job: string }>({
  name: "deadletters.move",
  title: "Move to another queue",
  input: moveInput,
  risk: "low",
  approval: "none",
  where: "target",
  kinds: ["bullmq"],
  target: ({ id }) => `dead letter ${id}`,

  async claim(claiming) {
    const letter = await claimLetter(claiming, ["dead", "gone"], "moved");
    requireSameEdit(letter, claiming.input.edit);
    if (letter.state === "dead" && letter.parent !== null) throw hasParent(letter);
  },
  settle: settleLetter("moved"),

  async observe({ source, input }) {
    const letter = await letterById(sql, input.id);
    const { conn } = await openForAction(source, input.target);
    const from = refOf(letter);
    const standing = await standingOf(conn, from, letter);
    if (standing === "here" && letter.queueKey === input.target) throw sameQueue(input.target);
    const copy = copyId(letter);
    return {
      fence: { standing, copy } satisfies Fence,
      before: { standing, job: letter.job, queue: letter.queueKey },
    };
  },

  async run({ source, input, fence, runId }) {
    const { standing, copy } = asFence<Fence>(fence);
    const letter = await letterById(sql, input.id);
    const state = await putCopy(source, letter, { standing, copy, target: input.target, runId });
    return { result: { state, job: copy }, after: { state, queue: input.target, job: copy } };
  },

  /** The copy tells: it stays for a day even when it is done at once, and so does its receipt. */
  async readBack({ source, input, fence, runId }) {
    const { copy, standing } = asFence<Fence>(fence);
    const target = refOfKey(input.target);
    if (source.kind !== "bullmq" || !target || standing === "superseded") return "not_applied";
    const { conn } = source;
    const added = await hasReceipt(conn, { queue: target, runId });
    return added || (await exists(conn, target, copy)) ? "applied" : "not_applied";
  },
});

type Source = Parameters<typeof openForAction>[0];

async function putCopy(
  source: Source,
  letter: Letter,
  { standing, copy, target, runId }: Fence & { target: string; runId: string },
): Promise<SettledResult["state"]> {
  // Something else acts on the job already: a copy would run beside it.
  if (standing === "superseded") return standing;
  const { conn, queue } = await openForAction(source, target);
  const content = await contentOf(sql, letter.id);
  if (!content.data) throw withoutPayload(letter.id);
  const { text: opts, priority, lifo } = copyOptions(content.opts);
  const data = content.edit ?? content.data;
  const job = { id: copy, name: letter.name ?? "", data, opts, priority, lifo };
  const from = refOf(letter);
  const failed = { queue: from, id: letter.job, score: String(letter.score), data: content.data };
  const original = standing === "here" ? { original: failed } : {};
  const added = await addCopy(conn, { queue, runId, ...job, ...original });
  // There already: from an attempt that was cut short.
  if (added === "done" || added === "there") return "moved";
  if (added !== "acted_on") throw REFUSED[added](letter, target);
  const now = await standingOf(conn, from, letter);
  return now === "here" ? "superseded" : now;
}

const REFUSED = {
  no_queue: (_letter: Letter, target: string) =>
    new AppError("conflict", `Queue ${target} does not take jobs any more`),
  changed: ({ job }: Letter) =>
    new AppError("conflict", `Job ${job} is not as it was when it failed`, {
      detail: "Its payload was changed in the queue since, and a move would undo that.",
      remedy: "Retry it, which keeps the payload it has now.",
    }),
  child: hasParent,
};

function hasParent({ job, parent }: Letter): AppError {
  return new AppError("precondition_failed", `Job ${job} is a child of a flow and stays there`, {
    detail: `${parent ?? "Its parent"} may wait for it, and a copy has no parent.`,
    remedy: "Retry it instead.",
  });
}

function refOf({ queueKey: key }: Letter): QueueRef {
  const ref = refOfKey(key);
  if (ref) return ref;
  throw new AppError("not_found", `There is no queue ${key}`);
}

async function exists(conn: BullmqConnection, queue: QueueRef, job: string): Promise<boolean> {
  return (await conn.run((redis) => redis.exists(queueKey(queue, job)))) === 1;
}

function sameQueue(key: string): AppError {
  return new AppError("precondition_failed", `It is in ${key} already`, {
    remedy: "Retry it instead.",
  });
}

function withoutPayload(id: bigint): AppError {
  return new AppError("precondition_failed", `Dead letter ${id} has no payload to move`, {
    detail: "It was too large to keep, or its queue threw it away.",
  });
}
