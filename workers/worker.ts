import { actJob } from "#lib/actions/act-job.ts";
import { type ActContext, executeRun } from "#lib/actions/execute.ts";
import { actionByName } from "#lib/actions/index.ts";
import type { Action } from "#lib/actions/define.ts";
import { log } from "#lib/core/log.ts";
import { SECOND } from "#lib/core/time.ts";
import { closePool } from "#lib/db/sql.ts";
import { closeQueues } from "#lib/jobs/queue.ts";
import { closeRedis, ownRedis } from "#lib/jobs/redis.ts";
import { type RunningQueue, runQueue } from "#lib/jobs/run.ts";
import { syncSchedules } from "#lib/jobs/schedule.ts";
import { liveJob } from "#lib/live/answer.ts";
import type { Signal } from "#lib/signals/define.ts";
import { SIGNALS } from "#lib/signals/index.ts";
import { startSweeper } from "./act.ts";
import { startAuditHead } from "./audit-head.ts";
import { collectJob, collectSchedules } from "./collect.ts";
import { healthOf } from "./health.ts";
import { startLoop } from "./loop.ts";
import { keepPartitions, MAINTAIN_JOBS, MAINTAIN_SCHEDULES } from "./maintain.ts";
import { startMetrics } from "./metrics.ts";
import { SourceSet } from "./sources.ts";

const SYNC_MS = 15 * SECOND;
const DRAIN_MS = 10 * SECOND;
const AT_ONCE = { collect: 8, act: 8, live: 8, maintain: 2 } as const;

/** What there is to collect and to do; only tests give something else than the registry. */
export interface Registry {
  signals: readonly Signal[];
  findAction(name: string): Action | undefined;
}

export interface RunningWorker {
  /** Takes nothing new, finishes what is under way, and closes every connection. */
  stop(): Promise<void>;
}

/**
 * Starts every role of a worker process. Any number of workers may run; schedules, leases and turns keep their work apart.
 * Neither database needs to be up yet: each part retries until it is.
 */
export function startWorker(
  registry: Registry = { signals: SIGNALS, findAction: actionByName },
): RunningWorker {
  const startedAt = new Date();
  ownRedis(); // Reports outages of our own Redis for the whole process.
  const sources = new SourceSet();
  const context: ActContext = {
    openSource: (id) => sources.open(id),
    findAction: registry.findAction,
  };
  const collectable = { signals: registry.signals, sources: () => sources.configs };
  const collecting = collectJob(collectable);
  const acting = {
    ...actJob,
    handle: ({ runId }: { runId: string }) => executeRun(runId, context),
  };

  const queues: RunningQueue[] = [];
  const sync = startLoop("schedules", SYNC_MS, async () => {
    await keepPartitionsOnce();
    await sources.reload();
    // Only now: a worker that does not know the sources yet would throw their ticks away.
    if (queues.length === 0) queues.push(...startQueues());
    const schedules = collectSchedules(collectable, collecting);
    // A hung target occupies a place until it is given up on; the others must still find one.
    queues[0]?.setConcurrency(Math.max(AT_ONCE.collect, schedules.length));
    await syncSchedules("collect", schedules);
    await syncSchedules("maintain", MAINTAIN_SCHEDULES);
  });

  function startQueues(): RunningQueue[] {
    log.info(
      { signals: registry.signals.map(({ id }) => id), sources: sources.configs.size },
      "worker is ready",
    );
    return [
      runQueue("collect", [collecting], context, AT_ONCE.collect),
      runQueue("act", [acting], context, AT_ONCE.act),
      runQueue("live", [liveJob], context, AT_ONCE.live),
      runQueue("maintain", MAINTAIN_JOBS, context, AT_ONCE.maintain),
    ];
  }

  const loops = [sync, startSweeper(context, () => queues.length > 0), startAuditHead()];
  const metrics = startMetrics(() => healthOf(loops, startedAt));

  return {
    stop: async () => {
      await Promise.all([
        ...loops.map((loop) => loop.stop()),
        ...queues.map((queue) => queue.close(DRAIN_MS)),
      ]);
      await metrics.stop();
      sources.close();
      await closeQueues();
      closeRedis();
      await closePool();
    },
  };
}

let partitionsKept = false;

/** After a long pause there is no partition for today yet, and nothing could be stored. */
async function keepPartitionsOnce(): Promise<void> {
  if (!partitionsKept) await keepPartitions();
  partitionsKept = true;
}
