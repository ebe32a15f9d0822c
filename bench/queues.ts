import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { isStale, make, PRISMA_CLIENT, WEB } from "../bin/build.ts";
import { sleep } from "#lib/core/time.ts";
import { removePlaces } from "#lib/embedded/place.ts";
import { startRedis } from "#lib/embedded/redis.ts";
import { measureBullBoard } from "./queues/bull-board.ts";
import { prioritise, startChild } from "./queues/child.ts";
import { reportCost, reportFigures } from "./queues/figures.ts";
import { addOrders, untilIdle } from "./queues/load.ts";
import { openMeter } from "./queues/meter.ts";
import { measurePlumbline } from "./queues/plumbline.ts";
import { report } from "./report.ts";

// A queue of really failed jobs whose worker still fails, in Plumbline and in bull-board, on the same Redis in the same run.
// On servers of its own; needs nothing running.

const JOBS = Number(process.env["JOBS"] ?? 10_000);

for (const artifact of [PRISMA_CLIENT, WEB]) if (isStale(artifact)) await make(artifact);

const dir = mkdtempSync(join(tmpdir(), "plumbline-bench-"));
chmodSync(dir, 0o711);
const target = await startRedis({
  dir: join(dir, "target"),
  port: 21_379,
  config: { appendonly: "no" },
});
try {
  await prioritise(target.pid);
  const meter = await openMeter(target.url);
  const idle = await meter.during(() => sleep(5_000));
  const worker = await startChild("failing-worker-process.ts", target.url);
  const failing = await meter.during(failOrders);
  // The middle of the list: what somebody has to leaf through on average.
  const theirs = await measureBullBoard(target.url, meter, JOBS / 2);
  await empty();
  await failOrders();
  const ours = await measurePlumbline(join(dir, "product"), target.url, meter, JOBS);
  await worker.stop();
  await meter.close();
  report({ figure: "queues.jobs", value: JOBS, unit: "jobs" });
  reportCost("nobody", idle);
  reportCost("worker_alone", failing);
  reportFigures(ours, theirs);
} finally {
  await target.stop();
  removePlaces(dir);
}

async function failOrders(): Promise<void> {
  await addOrders(target.url, JOBS);
  await untilIdle(target.url);
}

async function empty(): Promise<void> {
  const redis = new Redis(target.url);
  await redis.flushall();
  redis.disconnect();
}
