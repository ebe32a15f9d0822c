import { log } from "#lib/core/log.ts";

/** After a failure the next round comes soon: most outages are short. */
const RETRY_MS = 2_000;

export interface Loop {
  readonly name: string;
  /** When a round last ended well; null before the first. */
  lastGood(): Date | null;
  /** When a round last ended at all, well or not. */
  lastEnd(): Date | null;
  readonly everyMs: number;
  /** Takes no new round and waits for the one under way. */
  stop(): Promise<void>;
}

/** Repeats `round` with a pause between rounds, a short one after a failure. An outage is logged when it starts and when it ends, not every time. */
export function startLoop(name: string, everyMs: number, round: () => Promise<void>): Loop {
  let stopped = false;
  let failing = false;
  let lastGood: Date | null = null;
  let lastEnd: Date | null = null;
  let pause = Promise.withResolvers<void>();

  async function once(): Promise<void> {
    try {
      await round();
      if (failing) log.info({ loop: name }, "works again");
      failing = false;
      lastGood = new Date();
    } catch (error) {
      if (!failing) log.error({ loop: name, err: error }, "failed; trying again until it works");
      failing = true;
    }
    lastEnd = new Date();
  }

  async function run(): Promise<void> {
    for (;;) {
      await once();
      if (stopped) return;
      pause = Promise.withResolvers<void>();
      // Jitter keeps many workers from moving in step.
      const wait = failing ? Math.min(everyMs, RETRY_MS) : everyMs;
      const timer = setTimeout(pause.resolve, wait * (0.9 + Math.random() * 0.2));
      await pause.promise;
      clearTimeout(timer);
      if (stopped) return;
    }
  }

  const running = run();
  return {
    name,
    everyMs,
    lastGood: () => lastGood,
    lastEnd: () => lastEnd,
    stop: () => {
      stopped = true;
      pause.resolve();
      return running;
    },
  };
}
