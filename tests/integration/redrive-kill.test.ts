import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { BATCH_FAILPOINTS } from "#lib/actions/failpoint.ts";
import { sleep } from "#lib/core/time.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { countedStates } from "./deadletters-letters.ts";
import type { QueueTarget } from "./queues-target.ts";
import {
  countedItems,
  failJobs,
  letLeasesEnd,
  openStage,
  retriesOf,
  shadow,
  shown,
  type Stage,
  startRedrive,
} from "./redrive-world.ts";

/** By hand also with `REDRIVE_JOBS=10000`. */
const JOBS = Number(process.env["REDRIVE_JOBS"] ?? 2_000);
const KILLS = 10;

let stage: Stage;
let target: QueueTarget;
let source: OpenSource<"bullmq">;
let home: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  stage = await openStage();
  ({ target, source } = stage);
  home = mkdtempSync(join(tmpdir(), "plumbline-redrive-"));
  const sources = [{ name: source.name, kind: "bullmq", url: target.server.url }];
  writeFileSync(join(home, "plumbline.yaml"), JSON.stringify({ sources }));
});
afterEach(async () => {
  const ended = [...children].map((child) => (hasEnded(child) ? null : once(child, "exit")));
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(ended);
  children.clear();
  await stage.clear();
});
afterAll(async () => {
  await stage.close();
  rmSync(home, { recursive: true });
});

const hasEnded = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null;

function startWorker(killAt = "", hit = 1): ChildProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, "redrive-worker.ts")], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      PLUMBLINE_HOME: home,
      PLUMBLINE_SOURCES: join(home, "plumbline.yaml"),
      METRICS_PORT: "0",
      LOG_LEVEL: "silent",
      NODE_COMPILE_CACHE: join(home, "compiled"),
      KILL_AT: killAt,
      KILL_HIT: String(hit),
    },
  });
  children.add(child);
  return child;
}

const handled = async (id: string): Promise<number> => {
  const { items, total } = await shown(id);
  return total - items.pending - items.claimed;
};

/**
 * Workers die one after the other: in turn at a failpoint of their own, and whenever the signal comes. The next one is up
 * already; what the dead one held is free as soon as its lease ends. Returns how often one died with letters in its hands.
 */
async function killAgainAndAgain(id: string): Promise<number> {
  const points = BATCH_FAILPOINTS.filter((name) => name !== "batch_closing");
  let midway = 0;
  let next = startWorker();
  for (let kill = 0; kill < KILLS; kill += 1) {
    const child = next;
    const killAt = kill % 2 === 0 ? points[kill / 2] : "";
    next = startWorker(killAt);
    // The one in waiting may have had its turn, and died of it, already.
    const exit = hasEnded(child) ? Promise.resolve() : once(child, "exit");
    const from = await handled(id);
    const waits = async () => (await handled(id)) === from && (await shown(id)).finishedAt === null;
    let freed = false;
    while (!hasEnded(child) && (await waits())) {
      await Promise.race([exit, sleep(10)]);
      if (freed || !hasEnded(next)) continue;
      freed = true;
      await letLeasesEnd();
    }
    await Promise.race([exit, sleep(Math.random() * 100)]);
    // Preferably with letters in its hands.
    for (let look = 0; look < 50 && !hasEnded(child); look += 1) {
      if ((await shown(id)).items.claimed > 0) break;
    }
    child.kill("SIGKILL");
    await exit;
    if ((await shown(id)).items.claimed > 0) midway += 1;
    await countedItems(id);
    await letLeasesEnd();
  }
  return midway;
}

test.each([
  ["mails", null, "retried"],
  ["later", "bull:later", "moved"],
] as const)(
  "killed ten times on its way into %s: nothing lost, nothing sent twice, every figure right",
  async (to, elsewhere, sent) => {
    const jobs = Array.from({ length: JOBS }, (_, at) => ({ id: `job-${at}` }));
    await failJobs(target, "mails", jobs, { maxEvents: 20 * JOBS });
    await shadow(target, source, "bull:mails");
    const queue = target.queue(to, { streams: { events: { maxLen: 20 * JOBS } } });
    await queue.waitUntilReady();
    const runs = new Map<string, number>();
    await target.worker(
      to,
      async ({ data }) => {
        const { id } = data as { id: string };
        runs.set(id, (runs.get(id) ?? 0) + 1);
      },
      { concurrency: 20 },
    );
    const where = elsewhere && { target: elsewhere };
    const [redrive] = await startRedrive({ canary: 10, rate: JOBS / 8, ...where });
    const id = redrive?.id as string;

    const midway = await killAgainAndAgain(id);
    // The last one lives.
    startWorker();
    await expect
      .poll(async () => (await letLeasesEnd(), (await shown(id)).finishedAt), {
        timeout: 60_000,
        interval: 100,
      })
      .not.toBeNull();

    expect((await shown(id)).state).toBe("completed");
    expect(await countedItems(id)).toEqual({ [sent]: JOBS });
    expect(await countedStates()).toEqual({ [sent]: JOBS });
    const retries = await retriesOf(target, `bull:${to}`);
    expect([...retries.values()].filter((count) => count !== 1)).toEqual([]);
    expect(retries.size).toBe(JOBS);
    await expect.poll(() => queue.getCompletedCount(), { timeout: 30_000 }).toBe(JOBS);
    expect([...runs.values()].filter((count) => count !== 1)).toEqual([]);
    expect(midway).toBeGreaterThan(0);
    if (process.env["REDRIVE_JOBS"])
      process.stdout.write(`${KILLS} kills, ${midway} with letters in hand\n`);
  },
  180_000,
);
