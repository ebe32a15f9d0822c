import { z } from "zod";

export const RUN_STATES = [
  "queued",
  "claimed",
  "executing",
  "in_doubt",
  "succeeded",
  "failed",
] as const;
export type RunState = (typeof RUN_STATES)[number];

/** States that never change again. */
export const isFinished = (state: RunState): boolean => state === "succeeded" || state === "failed";

/** What a client sends to `POST /api/v1/actions/{name}`, beside the `Idempotency-Key` header. */
export const submissionSchema = z.object({
  /** Id or name of the source to act on; only for actions on a source. */
  source: z.string().min(1).max(200).optional(),
  input: z.unknown(),
  /** Why: it goes into the audit log. */
  reason: z.string().trim().min(3).max(500),
});

export const runErrorSchema = z.object({
  code: z.string(),
  title: z.string(),
  detail: z.string().optional(),
  remedy: z.string().optional(),
});
export type RunError = z.infer<typeof runErrorSchema>;

/** One run of an action, as its page, the API and the replay of a submission show it. */
export const runSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  state: z.enum(RUN_STATES),
  actorLogin: z.string(),
  source: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  target: z.string(),
  reason: z.string(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  /** Set once it succeeded. */
  result: z.json().nullable(),
  /** Set once it failed; `outcome_unknown` means that nobody could find out whether it took effect. */
  error: runErrorSchema.nullable(),
});
export type Run = z.infer<typeof runSchema>;

/** The answer to a submission; `once` holds what is shown a single time, such as a new token. */
export const submittedSchema = runSchema.extend({ once: z.json().optional() });
export type Submitted = z.infer<typeof submittedSchema>;

/** One target: which source, and what in it, as `target` of a run names it. */
export const runListParamsSchema = z.object({
  source: z.string().min(1).max(200),
  target: z.string().min(1).max(1_000),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

export const runListSchema = z.object({ runs: z.array(runSchema) });
