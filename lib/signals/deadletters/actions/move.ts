import { z } from "zod";
import { defineAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import { sql } from "#lib/db/sql.ts";
import { asFence, openForAction } from "#lib/sources/bullmq/acting.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { hasReceipt } from "#lib/sources/bullmq/fenced.ts";
import { addCopy } from "#lib/sources/bullmq/job-acts.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import { copyId, copyOptions } from "../copy.ts";
import { contentOf, type Letter, letterById } from "../letters.ts";
import { type Standing, standingOf } from "../standing.ts";
import { claimLetter, letterInput, settleLetter, type SettledResult } from "./claiming.ts";

const moveInput = letterInput.extend({
  /** `prefix:name` of a queue of the same source; the letter's own queue adds a new job there. */
  target: z
    .string()
    .max(1_000)
    .refine((key) => refOfKey(key) !== null, { error: "Write it as prefix:queue" }),
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
    await claimLetter(claiming, ["dead", "gone"], "moved");
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
  const data = content.edit ?? content.data;
  if (!data) throw withoutPayload(letter.id);
  const { text: opts, priority, lifo } = copyOptions(content.opts);
  const job = { id: copy, name: letter.name ?? "", data, opts, priority, lifo };
  const from = refOf(letter);
  const score = String(letter.score);
  const original = standing === "here" ? { queue: from, id: letter.job, score } : null;
  const added = await addCopy(conn, { queue, runId, ...job, ...(original && { original }) });
  // Refused because a copy of this failure is there already, from an attempt that was cut short; or for a reason.
  if (added.outcome === "fenced" && !(await exists(conn, queue, copy))) {
    const now = await standingOf(conn, from, letter);
    if (now !== standing) return now === "here" ? "superseded" : now;
    throw new AppError("conflict", `Queue ${target} does not take jobs any more`);
  }
  return "moved";
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
