import { defineAction } from "#lib/actions/define.ts";
import { runScheduler } from "#lib/sources/bullmq/scheduler-acts.ts";
import { queueKey } from "#lib/sources/bullmq/queries.ts";
import {
  answerOf,
  asFence,
  fenceTime,
  openForAction,
  readReceipt,
} from "#lib/sources/bullmq/acting.ts";
import {
  type JobOptionsJson,
  parseOptions,
  priorityOf,
  requireScheduler,
  type SchedulerInput,
  schedulerInput,
  schedulerTarget,
} from "./scheduler-input.ts";

type Fence = { template: string; at: string };

/** Its own id, so that the application can tell it from the schedule's runs. */
const jobIdOf = (runId: string): string => `plumbline-${runId}`;

/** One run more, now, with the payload and options of the schedule, which itself stays as it is. */
export const runSchedulerNow = defineAction<SchedulerInput, { job: string }>({
  name: "queues.runScheduler",
  title: "Run scheduler now",
  input: schedulerInput,
  risk: "low",
  approval: "none",
  where: "target",
  kinds: ["bullmq"],
  target: schedulerTarget,

  async observe({ source, input }) {
    const { conn, queue } = await openForAction(source, input.queue);
    const { opts, name, next } = await requireScheduler(conn, queue, input);
    parseOptions(opts, input);
    return {
      fence: { template: opts ?? "", at: fenceTime() } satisfies Fence,
      before: { name, next: next === null ? null : new Date(next).toISOString() },
    };
  },

  async run({ source, input, fence, runId }) {
    const { template } = asFence<Fence>(fence);
    const { conn, queue } = await openForAction(source, input.queue);
    const opts = forOneRun(parseOptions(template || null, input));
    const act = { queue, runId, id: input.scheduler, job: jobIdOf(runId), template };
    const answer = await runScheduler(conn, {
      ...act,
      opts: JSON.stringify({ ...opts, jobId: act.job }),
      priority: priorityOf(opts),
    });
    answerOf(answer, `Scheduler ${input.scheduler}`);
    return { result: { job: act.job }, after: { job: act.job } };
  },

  readBack: ({ source, input, fence, runId }) =>
    readReceipt(
      { source, queue: input.queue, runId },
      asFence<Fence>(fence).at,
      async ({ conn, queue }) => {
        const key = queueKey(queue, jobIdOf(runId));
        return (await conn.run((redis) => redis.exists(key))) === 0;
      },
    ),
});

/** What makes a job wait, repeat or count as another's twin is left out. */
function forOneRun(template: JobOptionsJson): JobOptionsJson {
  const left = new Set(["delay", "de", "repeat", "repeatJobKey", "prevMillis", "jobId"]);
  return Object.fromEntries(Object.entries(template).filter(([name]) => !left.has(name)));
}
