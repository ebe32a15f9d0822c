import { z } from "zod";
import { ERROR_STATUS, type ErrorCode } from "#lib/core/errors.ts";

/** What the web process asks a worker. Travels sealed under `REQUEST_LABEL`. */
export const liveRequestSchema = z.object({
  id: z.uuid(),
  /** The pub/sub channel of the asking process. */
  replyTo: z.string(),
  /** How long somebody waits for the answer. */
  budgetMs: z.number().int().positive(),
  actorId: z.string(),
  /** Whether the asker's roles allow to lift the mask, now. */
  mayReveal: z.boolean(),
  signal: z.string(),
  name: z.string(),
  sourceId: z.uuid(),
  params: z.unknown(),
});
export type LiveRequest = z.infer<typeof liveRequestSchema>;

const errorCode = z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]);

/** What comes back, sealed under the request's id. `refused` is the asker's mistake, `unknown` the target's state. */
export const liveAnswerSchema = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("read"), data: z.unknown(), observedAt: z.iso.datetime() }),
  z.object({
    outcome: z.literal("refused"),
    code: errorCode,
    title: z.string(),
    detail: z.string().optional(),
    remedy: z.string().optional(),
  }),
  z.object({ outcome: z.literal("unknown"), reason: z.string() }),
]);
export type LiveAnswer = z.infer<typeof liveAnswerSchema>;

/** A reply: the id finds who waits, the sealed part only opens for it. */
export const liveReplySchema = z.object({ id: z.uuid(), sealed: z.string() });

export const REQUEST_LABEL = "plumbline.live.request";

export const replyLabel = (id: string): string => `plumbline.live.reply ${id}`;
