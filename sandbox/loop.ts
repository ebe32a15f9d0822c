export interface Loop {
  /** Lets the running turn finish, then ends. */
  stop(): Promise<void>;
}

/** Repeats `turn` until stopped; each turn answers how many milliseconds to wait before the next. It must not throw. */
export function startLoop(turn: () => Promise<number>): Loop {
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) await pause(await turn(), stopping.signal);
  };
  const done = run();
  return {
    stop() {
      stopping.abort();
      return done;
    },
  };
}

/** Waits, or returns early when the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
