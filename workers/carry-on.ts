import { SECOND } from "#lib/core/time.ts";
import type { Signal, WorkContext } from "#lib/signals/define.ts";
import { type Loop, startLoop } from "./loop.ts";

const LOOK_MS = SECOND;
/** Pieces that one process carries on at once, per signal: slow ones must not hold up the others. */
const MAX_AT_ONCE = 8;

/**
 * Carries on with long work, such as bulk retries, wherever a piece of it waits for somebody: it was just started, its worker
 * died, or a person resumed it. Every worker looks; the leases decide who gets which piece.
 */
export function startCarryOn(
  signals: readonly Signal[],
  openSource: WorkContext["openSource"],
  ready: () => boolean,
): Loop {
  const stopping = new AbortController();
  const context: WorkContext = { openSource, abort: stopping.signal };
  const underWay = new Set<Promise<unknown>>();
  let failure: unknown;

  /** One piece after the other, until none waits. */
  async function lane(carryOn: NonNullable<Signal["carryOn"]>): Promise<void> {
    while (!stopping.signal.aborted && (await carryOn(context)));
  }

  const lanes = signals.flatMap(({ carryOn }) => {
    if (!carryOn) return [];
    const busy = new Set<Promise<unknown>>();
    return [
      () => {
        if (busy.size >= MAX_AT_ONCE) return;
        const settled = lane(carryOn)
          .catch((error: unknown) => (failure ??= error))
          .finally(() => {
            busy.delete(settled);
            underWay.delete(settled);
          });
        busy.add(settled);
        underWay.add(settled);
      },
    ];
  });

  const loop = startLoop("carry-on", LOOK_MS, async () => {
    // A worker that does not know the sources yet could not open one.
    if (ready()) for (const startLane of lanes) startLane();
    const failed = failure;
    failure = undefined;
    if (failed) throw failed;
  });
  return {
    ...loop,
    stop: async () => {
      stopping.abort();
      await loop.stop();
      await Promise.all(underWay);
    },
  };
}
