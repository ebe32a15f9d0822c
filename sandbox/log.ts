/** One line about what the sandbox does. Never customer data: lines may end up anywhere. */
export function log(line: string): void {
  process.stderr.write(`${new Date().toISOString()} sandbox: ${line}\n`);
}

const QUIET_MS = 30_000;
const muted = new Map<string, { until: number; count: number }>();

/** For what can happen many times a second: the same line appears at most every 30 s, with how often it was left out. */
export function logNowAndThen(line: string): void {
  const now = Date.now();
  const known = muted.get(line);
  if (known && now < known.until) {
    known.count += 1;
    return;
  }
  log(known?.count ? `${line} (${known.count} times more before)` : line);
  if (muted.size > 100) muted.clear();
  muted.set(line, { until: now + QUIET_MS, count: 0 });
}
