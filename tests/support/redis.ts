import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { startRedis } from "#lib/embedded/redis.ts";

export interface TestRedis {
  url: string;
  /** The server's process, for tests that suspend or kill it. */
  pid: number;
  close(): Promise<void>;
}

/**
 * An empty Redis server of the test's own (it starts in some 50 ms): logical databases share their counters, settings and
 * pub/sub channels, which tests that run side by side would see.
 */
export async function createRedis(
  config: Record<string, string | number> = {},
): Promise<TestRedis> {
  const dir = mkdtempSync(join(inject("serversDir"), "redis-"));
  const port = 20_000 + Math.floor(Math.random() * 9_000);
  const { url, pid, stop } = await startRedis({
    dir,
    port,
    config: { appendonly: "no", ...config },
  });
  const close = async () => {
    await stop();
    rmSync(dir, { recursive: true, force: true });
  };
  return { url, pid, close };
}
