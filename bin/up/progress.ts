/** Writes one line about what happens; `--json` keeps stdout for the result, so lines go to stderr there. */
export type Say = (line: string) => void;

const seconds = (since: number): string => `${((Date.now() - since) / 1_000).toFixed(1)} s`;

/** Long steps say that they are still going. */
const HEARTBEAT_MS = 15_000;

/** Runs one step of the start, and says when it begins, that it goes on, and how long it took. */
export async function step<T>(say: Say, label: string, work: () => Promise<T>): Promise<T> {
  const began = Date.now();
  say(`  … ${label}`);
  const heartbeat = setInterval(() => say(`  … ${label}, ${seconds(began)}`), HEARTBEAT_MS);
  try {
    const result = await work();
    say(`  ✓ ${label} (${seconds(began)})`);
    return result;
  } finally {
    clearInterval(heartbeat);
  }
}
