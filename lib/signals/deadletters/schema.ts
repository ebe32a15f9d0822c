import { z } from "zod";
import { pageSchema } from "#lib/api/schema.ts";
import { storableText } from "#lib/core/parse.ts";
import { BREAKER_STATES, LETTER_STATES, OUTCOMES, REASON_CLASSES } from "./states.ts";

const time = z.iso.datetime().nullable();
const count = z.number().int().nonnegative();

/** Ids of letters and groups travel as decimal text. */
export const letterIdSchema = z.string().regex(/^\d{1,18}$/, "is not the id of a dead letter");
export const stateSchema = z.enum(LETTER_STATES);
export const outcomeSchema = z.enum(OUTCOMES);

/** Characters of a changed payload at most: as many as are shown of one, so that nobody changes what they did not see. */
export const MAX_EDIT = 512 * 1024;

/** A search as somebody typed it; see search/grammar.ts for what it may hold. */
export const querySchema = storableText.max(1_000).default("");

/** A queue as letters name it. */
export const queueRefSchema = z.object({
  source: z.string(),
  sourceId: z.uuid(),
  /** `prefix:name`. */
  key: z.string(),
  name: z.string(),
  /** `source~prefix:name`, as in the addresses of queues. */
  id: z.string(),
});

/** The breaker that guards what a queue's workers call. */
export const guardSchema = z.object({ name: z.string(), state: z.enum(BREAKER_STATES) });
export type Guard = z.infer<typeof guardSchema>;

export const letterRowSchema = z.object({
  id: letterIdSchema,
  queue: queueRefSchema,
  job: z.string(),
  name: z.string().nullable(),
  failedAt: z.iso.datetime(),
  state: stateSchema,
  outcome: outcomeSchema.nullable(),
  errorClass: z.string(),
  /** Without personal data. */
  message: z.string(),
  groupId: z.string(),
  /** Null when only the event stream told of the failure. */
  attempts: count.nullable(),
  maxAttempts: count.nullable(),
  starts: count.nullable(),
  stalls: count.nullable(),
  poison: z.boolean(),
  /** Retries by hand before this failure. */
  retries: count,
  edited: z.boolean(),
});
export type LetterRow = z.infer<typeof letterRowSchema>;

export const listParamsSchema = z.object({
  q: querySchema,
  dir: z.enum(["asc", "desc"]).default("desc"),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type ListParams = z.infer<typeof listParamsSchema>;

/** What is wrong with a part of a search: shown below the field, the rest still works. */
const complaintSchema = z.object({ from: z.number(), to: z.number(), message: z.string() });

export const listSchema = pageSchema(letterRowSchema).extend({
  /** How many match: exact where counters tell it; null when only counting every row would. */
  total: count.nullable(),
  complaints: z.array(complaintSchema),
  /** What the answer leaves out, in one sentence; null when it is complete. */
  note: z.string().nullable(),
});

/** Stored text as this person may see it. */
const payloadSchema = z.object({
  text: z.string().nullable(),
  masked: z.boolean(),
  bytes: z.number(),
  note: z.string().nullable(),
});

const failureSchema = z.object({
  attempt: z.number(),
  message: z.string(),
  frames: z.array(z.object({ text: z.string(), inApp: z.boolean() })),
});

/** One entry of what happened to a letter, oldest first. */
const eventSchema = z.object({
  at: z.iso.datetime(),
  what: z.string(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  runId: z.uuid().nullable(),
  redriveId: z.uuid().nullable(),
});

export const letterDetailSchema = letterRowSchema.extend({
  worker: z.string().nullable(),
  /** `queue` is a key of the same source. */
  parent: z.object({ queue: z.string(), job: z.string() }).nullable(),
  addedAt: time,
  startedAt: time,
  capturedAt: z.iso.datetime(),
  stateAt: z.iso.datetime(),
  payload: payloadSchema,
  /** SHA-256; null when nothing was stored, and for those who may not reveal payloads. */
  payloadHash: z.string().nullable(),
  /** The changed payload that a retry will use; null when nobody changed it. */
  edit: z
    .object({
      payload: payloadSchema,
      /** SHA-256; a retry names it, so that nobody retries with another payload than the one they saw. Null as above. */
      hash: z.string().nullable(),
      by: z.string(),
      at: z.iso.datetime(),
    })
    .nullable(),
  options: payloadSchema,
  failures: z.array(failureSchema),
  history: z.array(eventSchema),
  /** Other failures of the same job, newest first. */
  otherFailures: z.array(
    z.object({ id: letterIdSchema, failedAt: z.iso.datetime(), state: stateSchema }),
  ),
  /** Why no action is offered; null when actions are. */
  readOnlyBecause: z.string().nullable(),
  /** Why it cannot be retried, whatever its state; null when it can. */
  noRetryBecause: z.string().nullable(),
  revealed: z.boolean(),
  group: z.object({ id: z.string(), errorClass: z.string(), message: z.string(), dead: count }),
});
export type LetterDetail = z.infer<typeof letterDetailSchema>;

export const groupRowSchema = z.object({
  id: z.string(),
  errorClass: z.string(),
  /** Normalised: what varies is replaced by placeholders. */
  message: z.string(),
  frame: z.string().nullable(),
  reasonClass: z.enum(REASON_CLASSES),
  firstSeen: z.iso.datetime(),
  lastSeen: z.iso.datetime(),
  dead: count,
  /** All states together. */
  total: count,
  /** Arrivals of the last 24 h, oldest first, in equal buckets. */
  trend: z.array(count),
  queues: z.array(z.object({ queue: queueRefSchema, dead: count })),
  names: z.array(z.string()),
  /** A letter of it to look at. */
  sampleId: letterIdSchema.nullable(),
});
export type GroupRow = z.infer<typeof groupRowSchema>;

export const groupsParamsSchema = z.object({
  q: querySchema,
  sort: z.enum(["dead", "last_seen", "first_seen", "total"]).default("dead"),
  dir: z.enum(["asc", "desc"]).default("desc"),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const groupsSchema = pageSchema(groupRowSchema).extend({
  total: count,
  complaints: z.array(complaintSchema),
  /** What the counts leave out, in one sentence; null when they are complete. */
  note: z.string().nullable(),
});

export const suggestParamsSchema = z.object({
  q: querySchema,
  /** Where the caret is. */
  at: z.coerce.number().int().min(0).max(1_000),
});
export const suggestionsSchema = z.object({
  /** The part of the text that a suggestion replaces. */
  from: z.number(),
  to: z.number(),
  items: z.array(
    z.object({ text: z.string(), hint: z.string().nullable(), count: count.nullable() }),
  ),
});

/** What a search would cover if it were acted on: the dry run of a redrive or of discarding many. */
export const selectionParamsSchema = z.object({ q: querySchema });
export const selectionSchema = z.object({
  /** The same search with its relative times fixed: what an action on it is given. */
  query: z.string(),
  /** Only letters that are dead. */
  total: count,
  /** More than may be taken at once. */
  tooMany: z.boolean(),
  /** Letters up to this id were counted; later ones are not part of it. */
  upTo: letterIdSchema,
  queues: z.array(
    z.object({
      queue: queueRefSchema,
      count,
      /** Why these cannot be redriven now; null when they can. */
      blockedBecause: z.string().nullable(),
      /** What would hold a redrive of it while it is open; null when none is named. */
      breaker: guardSchema.nullable(),
    }),
  ),
  /** Of them, children of flows: they cannot be moved to another queue. */
  children: count,
  groups: z.array(z.object({ id: z.string(), errorClass: z.string(), message: z.string(), count })),
  oldest: time,
  newest: time,
  sample: z.array(letterRowSchema),
  complaints: z.array(complaintSchema),
  /** What the search did not see, in one sentence; null when it saw everything. */
  note: z.string().nullable(),
});
export type Selection = z.infer<typeof selectionSchema>;

export const viewsSchema = z.object({
  rows: z.array(
    z.object({
      id: z.uuid(),
      name: z.string(),
      query: z.string(),
      createdBy: z.string(),
      createdAt: z.iso.datetime(),
    }),
  ),
});

/** How well each queue's failures are captured, for the dead letters page and the queue page. */
export const capturesParamsSchema = z.object({
  /** One queue's id, `source~prefix:name`. */
  queue: z.string().optional(),
});
export const captureSchema = z.object({
  queue: queueRefSchema,
  dead: count,
  /** Failures that the queue threw away; null when that is not known. */
  lost24h: count.nullable(),
  /** There may have been more of them: nobody saw all events. */
  lostUnseen: z.boolean(),
  poison: count,
  capturedAt: time,
  /** Failed jobs in the queue itself, as of the last collection; null when not read. */
  failedSet: count.nullable(),
  /** Events were trimmed before they were read. */
  gapSince: time,
  reconciledAt: time,
});
export type Capture = z.infer<typeof captureSchema>;
export const capturesSchema = z.object({ rows: z.array(captureSchema) });

/** Arrivals, by queue, over time. */
export const seriesParamsSchema = z.object({ q: querySchema, range: z.string().default("24h") });
const pointSchema = z.object({ at: z.iso.datetime(), value: z.number().nullable() });
export const seriesSchema = z.object({
  bucketSeconds: z.number(),
  series: z.array(z.object({ metric: z.string(), points: z.array(pointSchema) })),
  /** What of the search the figures do not follow, in one sentence; null when they follow all of it. */
  note: z.string().nullable(),
});
