import type { Action } from "#lib/actions/define.ts";
import type { ActContext } from "#lib/actions/execute.ts";
import { actionByName } from "#lib/actions/index.ts";
import { closePool } from "#lib/db/sql.ts";
import { closeQueues } from "#lib/jobs/queue.ts";
import { closeRedis, ownRedis } from "#lib/jobs/redis.ts";
import type { Signal } from "#lib/signals/define.ts";
import { SIGNALS } from "#lib/signals/index.ts";
import { startSweeper } from "./act.ts";
import { startAuditHead } from "./audit-head.ts";
import { startCarryOn } from "./carry-on.ts";
import { startFollow } from "./follow.ts";
import { healthOf } from "./health.ts";
import { startMetrics } from "./metrics.ts";
import { startScheduling } from "./scheduling.ts";
import { SourceSet } from "./sources.ts";

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
  { signals, findAction }: Registry = { signals: SIGNALS, findAction: actionByName },
): RunningWorker {
  const startedAt = new Date();
  ownRedis(); // Reports outages of our own Redis for the whole process.
  const sources = new SourceSet();
  const context: ActContext = { openSource: (id) => sources.open(id), findAction };
  const scheduling = startScheduling(sources, signals, context);
  const loops = [
    scheduling,
    startSweeper(context, scheduling.ready),
    startCarryOn(signals, context.openSource, scheduling.ready),
    startFollow({ signals, sources: () => sources.configs, ...context, ready: scheduling.ready }),
    startAuditHead(),
  ];
  const metrics = startMetrics(() => healthOf(loops, startedAt));
  return {
    stop: async () => {
      await Promise.all(loops.map((loop) => loop.stop()));
      await metrics.stop();
      sources.close();
      await closeQueues();
      closeRedis();
      await closePool();
    },
  };
}
