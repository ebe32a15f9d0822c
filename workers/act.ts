import { executeAbandonedRun, type ActContext } from "#lib/actions/execute.ts";
import { log } from "#lib/core/log.ts";
import { SECOND } from "#lib/core/time.ts";
import { type Loop, startLoop } from "./loop.ts";

const SWEEP_MS = 2 * SECOND;
/** Runs that one process works on at once beside those that came as jobs: a hung target must not hold up the others. */
const MAX_AT_ONCE = 8;

/**
 * Finds recorded actions that nobody works on: their job was lost, their worker died, or their doubt is due for another
 * look. Every worker sweeps; the lease decides who gets which run. It needs no Redis.
 */
export function startSweeper(context: ActContext, ready: () => boolean): Loop {
  const underWay = new Set<Promise<unknown>>();
  const loop = startLoop("sweep", SWEEP_MS, async () => {
    // A worker that does not know the sources yet would fail their actions.
    while (ready() && underWay.size < MAX_AT_ONCE) {
      const run = await executeAbandonedRun(context);
      if (!run) return;
      const settled = run.done
        .catch((error: unknown) =>
          log.error(
            { err: error },
            "an action was interrupted; its lease will end and it will be found again",
          ),
        )
        .finally(() => underWay.delete(settled));
      underWay.add(settled);
    }
  });
  return {
    ...loop,
    stop: async () => {
      await loop.stop();
      await Promise.all(underWay);
    },
  };
}
