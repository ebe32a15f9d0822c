import { defineAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import { nextRun } from "#lib/sources/bullmq/scheduler-next.ts";
import { nextJobId, pauseScheduler, resumeScheduler } from "#lib/sources/bullmq/scheduler-acts.ts";
import { type PausedScheduler, readPaused, readScheduler } from "#lib/sources/bullmq/schedulers.ts";
import {
  answerOf,
  asFence,
  fenceTime,
  openForAction,
  readReceipt,
} from "#lib/sources/bullmq/acting.ts";
import {
  parseOptions,
  priorityOf,
  requireScheduler,
  type SchedulerInput,
  schedulerInput,
  schedulerTarget,
} from "./scheduler-input.ts";

const common = {
  input: schedulerInput,
  risk: "low",
  approval: "none",
  kinds: ["bullmq"],
  target: schedulerTarget,
} as const;

type PauseFence = { name: string | null; pattern: string | null; every: number | null; at: string };

/** BullMQ has no such pause: the definition is set aside beside the queue, and the next run is taken back. */
export const pauseSchedulerAction = defineAction<SchedulerInput, { paused: true }>({
  ...common,
  where: "target",
  name: "queues.pauseScheduler",
  title: "Pause scheduler",

  async observe({ source, input }) {
    const { conn, queue } = await openForAction(source, input.queue);
    const scheduler = await requireScheduler(conn, queue, input);
    const { name, pattern, every, next } = scheduler;
    if (nextRun(scheduler, Date.now()) === null) throw neverAgain(input);
    parseOptions(scheduler.opts, input);
    return {
      fence: { name, pattern, every, at: fenceTime() } satisfies PauseFence,
      before: { paused: false, next: toIso(next) },
    };
  },

  async run({ source, input, fence, runId }) {
    const { name, pattern, every } = asFence<PauseFence>(fence);
    const { conn, queue } = await openForAction(source, input.queue);
    const act = { queue, runId, id: input.scheduler, name, pattern, every };
    answerOf(await pauseScheduler(conn, act), `Scheduler ${input.scheduler}`);
    return { result: { paused: true }, after: { paused: true } };
  },

  readBack: ({ source, input, fence, runId }) =>
    readReceipt(
      { source, queue: input.queue, runId },
      asFence<PauseFence>(fence).at,
      async ({ conn, queue }) => (await readScheduler(conn, queue, input.scheduler)) !== null,
    ),
});

type ResumeFence = { pausedAt: number; next: number; at: string };

/** Puts the definition back as it was; what it missed meanwhile is not made up for. */
export const resumeSchedulerAction = defineAction<SchedulerInput, { next: string }>({
  ...common,
  where: "target",
  name: "queues.resumeScheduler",
  title: "Resume scheduler",

  async observe({ source, input }) {
    const { conn, queue } = await openForAction(source, input.queue);
    const paused = await readPaused(conn, queue, input.scheduler);
    if (!paused) throw notPaused(input);
    const next = nextOf(paused, Date.now());
    if (next === null) throw neverAgain(input);
    const { pausedAt } = paused;
    return {
      fence: { pausedAt, next, at: fenceTime() } satisfies ResumeFence,
      before: { paused: true, pausedAt: toIso(pausedAt) },
    };
  },

  async run({ source, input, fence, runId }) {
    const { pausedAt, next } = asFence<ResumeFence>(fence);
    const { conn, queue } = await openForAction(source, input.queue);
    const paused = await readPaused(conn, queue, input.scheduler);
    // Nothing there: the receipt tells whether it was this run that put it back.
    const opts = paused ? nextOptions(paused, next, input) : {};
    const act = { queue, runId, id: input.scheduler, pausedAt, next };
    const answer = await resumeScheduler(conn, {
      ...act,
      opts: JSON.stringify(opts),
      priority: priorityOf(opts),
    });
    answerOf(answer, `Scheduler ${input.scheduler}`);
    const after = { next: toIso(next) ?? "" };
    return { result: after, after: { paused: false, ...after } };
  },

  readBack: ({ source, input, fence, runId }) =>
    readReceipt(
      { source, queue: input.queue, runId },
      asFence<ResumeFence>(fence).at,
      async ({ conn, queue }) => (await readPaused(conn, queue, input.scheduler)) !== null,
    ),
});

/** The run that its pause took back, while that is still to come. */
const nextOf = (paused: PausedScheduler, now: number): number | null =>
  paused.wasDelayed && paused.next !== null && paused.next > now
    ? paused.next
    : nextRun(paused, now);

/** The options of the next run, as the scheduler itself would have made them. */
function nextOptions(paused: PausedScheduler, next: number, input: SchedulerInput) {
  const last = parseOptions(paused.nextOpts, input);
  const now = Date.now();
  // A run that was not taken back counted already.
  const count = (last.repeat?.count ?? paused.iterations ?? 0) + (paused.wasDelayed ? 0 : 1);
  return {
    ...parseOptions(paused.opts, input),
    ...last,
    repeat: { ...(last.repeat ?? repeatOf(paused)), count },
    jobId: nextJobId(paused.id, next),
    repeatJobKey: paused.id,
    prevMillis: next,
    timestamp: now,
    delay: Math.max(0, next - now),
  };
}

function repeatOf({ pattern, every, timeZone, limit, startAt, endAt, offset }: PausedScheduler) {
  const all = { pattern, every, tz: timeZone, limit, startDate: startAt, endDate: endAt, offset };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

function notPaused({ scheduler }: SchedulerInput): AppError {
  return new AppError("precondition_failed", `Scheduler ${scheduler} is not paused`, {
    detail: "It was resumed, or the application defined it again.",
  });
}

function neverAgain({ scheduler }: SchedulerInput): AppError {
  return new AppError("precondition_failed", `Scheduler ${scheduler} would not run again`, {
    detail: "It has come to its end, or only the application can tell its next time.",
    remedy: "Change it in the application.",
  });
}

const toIso = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString();
