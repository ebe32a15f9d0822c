import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sleep } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { countsOf } from "./deadletters-failures.ts";
import { capture, captured, captureOf, watch } from "./deadletters-target.ts";
import { openTarget, QueueTarget, until } from "./queues-target.ts";

let ground: Ground;
let target: QueueTarget;
let source: OpenSource<"bullmq">;

beforeAll(async () => {
  ground = await openGround();
  target = await QueueTarget.start();
  source = await openTarget(target.server.url);
});
afterAll(async () => {
  await source.conn.close();
  await target.stop();
  await ground.close();
});

const KEY = "bull:payments";
const JOBS = 3_000;
const DEATHS = 6;

function startFollower(): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, "deadletters-follow-worker.ts")], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, SOURCE_ID: source.id, TARGET_URL: target.server.url },
  });
}

test("two processes at once, killed anywhere while jobs fail: every failure is a letter, none is two, and every loss is told", async () => {
  const queue = target.queue("payments", { streams: { events: { maxLen: 1_000_000 } } });
  await watch(source, KEY);
  for (let start = 0; start < JOBS; start += 500) {
    await queue.addBulk(
      Array.from({ length: 500 }, (_each, at) => ({
        name: "charge",
        data: { order: start + at },
        // A third is thrown away with its failure.
        opts: { removeOnFail: at % 3 === 0, jobId: `order-${start + at}-x` },
      })),
    );
  }
  const worker = await target.worker("payments", () => Promise.reject(new Error("no")), {
    concurrency: 5,
  });
  const lanes = [0, 1].map(async () => {
    for (let death = 0; death < DEATHS / 2; death += 1) {
      const follower = startFollower();
      const exit = once(follower, "exit");
      const before = await arrived();
      // It has begun to work, and is stopped wherever it happens to be.
      await until(arrived, (now) => now > before || now === JOBS);
      await sleep(Math.random() * 100);
      follower.kill("SIGKILL");
      await exit;
    }
  });
  await Promise.all(lanes);
  await until(
    () => queue.getJobCounts("waiting", "active"),
    ({ waiting, active }) => waiting === 0 && active === 0,
  );
  await worker.close();
  await capture(source);
  await capture(source);
  const { id, lost, gaps } = await captureOf(source, KEY);
  const letters = await captured(source, KEY);
  const jobs = new Set(letters.map(({ job }) => job));
  const thrownAway = Math.ceil(500 / 3) * (JOBS / 500);
  expect({ letters: letters.length, jobs: jobs.size, gaps }).toEqual({
    letters: JOBS,
    jobs: JOBS,
    gaps: 0,
  });
  expect(await countsOf(id)).toEqual({ dead: JOBS - thrownAway, lost: thrownAway });
  expect({ arrived: await arrived(), lost }).toEqual({ arrived: JOBS, lost: thrownAway });
}, 90_000);

async function arrived(): Promise<number> {
  const { rows } = await sql.query<{ arrived: number }>(
    "SELECT arrived::int AS arrived FROM deadletters_queue WHERE source_id = $1",
    [source.id],
  );
  return rows[0]?.arrived ?? 0;
}
