import { actJob } from "#lib/actions/act-job.ts";
import type { ActContext } from "#lib/actions/execute.ts";
import { log } from "#lib/core/log.ts";
import { SECOND } from "#lib/core/time.ts";
import type { Job } from "#lib/jobs/define.ts";
import { type RunningQueue, runQueue } from "#lib/jobs/run.ts";
import { syncSchedules } from "#lib/jobs/schedule.ts";
import { liveJob } from "#lib/live/answer.ts";
import type { Signal } from "#lib/signals/define.ts";
import { collectJob, collectSchedules } from "./collect.ts";
import { type Loop, startLoop } from "./loop.ts";
import { keepPartitions, MAINTAIN_JOBS, MAINTAIN_SCHEDULES } from "./maintain.ts";
import type { SourceSet } from "./sources.ts";

const SYNC_MS = 15 * SECOND;
const DRAIN_MS = 10 * SECOND;
const AT_ONCE = { collect: 8, act: 8, live: 8, maintain: 2 } as const;

export interface Scheduling extends Loop {
  /** True once the sources are known and this process takes jobs. */
  ready(): boolean;
}

/** Follows the source files, keeps every schedule as it should be, and works on all queues once the sources are known. */
export function startScheduling(
  sources: SourceSet,
  signals: readonly Signal[],
  context: ActContext,
): Scheduling {
  const collectable = { signals, sources: () => sources.configs };
  const collecting = collectJob(collectable);
  let queues: ReturnType<typeof startQueues> | undefined;
  let partitionsKept = false;

  const loop = startLoop("schedules", SYNC_MS, async () => {
    // After a long pause there is no partition for today yet, and nothing could be stored.
    if (!partitionsKept) await keepPartitions();
    partitionsKept = true;
    try {
      await sources.reload();
      // Only now: a worker that does not know the sources yet would throw their ticks away.
      queues ??= startQueues(collecting, context);
    } finally {
      // A mistake in the source files leaves the sources as they were, and their schedules too.
      if (queues) await syncAll(queues.collect);
    }
  });

  async function syncAll(collectQueue: RunningQueue): Promise<void> {
    const schedules = collectSchedules(collectable, collecting);
    // A hung target occupies a place until it is given up on; the others must still find one.
    collectQueue.setConcurrency(Math.max(AT_ONCE.collect, schedules.length));
    await syncSchedules("collect", schedules);
    await syncSchedules("maintain", MAINTAIN_SCHEDULES);
  }

  return {
    ...loop,
    ready: () => queues !== undefined,
    stop: async () => {
      await loop.stop();
      await Promise.all(Object.values(queues ?? {}).map((queue) => queue.close(DRAIN_MS)));
    },
  };
}

function startQueues<Tick>(collecting: Job<Tick>, context: ActContext) {
  log.info("worker is ready");
  return {
    collect: runQueue("collect", [collecting], context, AT_ONCE.collect),
    act: runQueue("act", [actJob], context, AT_ONCE.act),
    live: runQueue("live", [liveJob], context, AT_ONCE.live),
    maintain: runQueue("maintain", MAINTAIN_JOBS, context, AT_ONCE.maintain),
  };
}
