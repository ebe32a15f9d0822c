import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { isStale, make, PRISMA_CLIENT, WEB } from "../bin/build.ts";
import { quantile } from "#lib/core/stats.ts";
import { sleep } from "#lib/core/time.ts";
import { removePlaces } from "#lib/embedded/place.ts";
import { startRedis } from "#lib/embedded/redis.ts";
import { measureBullBoard, type BullBoardFigures } from "./queues/bull-board.ts";
import { startChild } from "./queues/child.ts";
import { addOrders, untilIdle } from "./queues/load.ts";
import { openMeter, type Measured } from "./queues/meter.ts";
import { measurePlumbline, type PlumblineFigures } from "./queues/plumbline.ts";
import { report } from "./report.ts";

// A queue of really failed jobs whose worker still fails, in Plumbline and in bull-board, on the same Redis in the same run.
// On servers of its own; needs nothing running.

const JOBS = Number(process.env["JOBS"] ?? 10_000);
const BESIDE = "bull-board";
const PING_GOAL = 15;

for (const artifact of [PRISMA_CLIENT, WEB]) if (isStale(artifact)) await make(artifact);

const dir = mkdtempSync(join(tmpdir(), "plumbline-bench-"));
chmodSync(dir, 0o711);
const target = await startRedis({
  dir: join(dir, "target"),
  port: 21_379,
  config: { appendonly: "no" },
});
try {
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
  reportAll(ours, theirs, { idle, failing });
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

function reportAll(
  ours: PlumblineFigures,
  theirs: BullBoardFigures,
  alone: { idle: Measured<void>; failing: Measured<void> },
): void {
  const figure = (
    name: string,
    value: number,
    unit: string,
    beside: number | null,
    goal?: number,
  ) =>
    report({
      figure: `queues.${name}`,
      value,
      unit,
      ...(beside !== null && { beside: { what: BESIDE, value: beside } }),
      ...(goal !== undefined && { goal }),
    });
  const latency = (name: string, mine: readonly number[], other: readonly number[] | null) => {
    for (const [at, q] of [
      ["p50", 0.5],
      ["p95", 0.95],
    ] as const) {
      figure(
        `${name}.${at}`,
        quantile(mine, q) ?? Number.NaN,
        "ms",
        other && (quantile(other, q) ?? Number.NaN),
      );
    }
  };
  const cost = (name: string, mine: Measured<unknown>, other: Measured<unknown> | null) => {
    figure(
      `${name}.longest_ping`,
      mine.longestPingMs,
      "ms",
      other?.longestPingMs ?? null,
      PING_GOAL,
    );
    figure(`${name}.longest_command`, mine.longestCommandMs, "ms", other?.longestCommandMs ?? null);
  };
  figure("jobs", JOBS, "jobs", null);
  cost("nobody", alone.idle, null);
  cost("worker_alone", alone.failing, null);
  latency("failed_page", ours.livePage.result, theirs.page.result);
  cost("failed_page", ours.livePage, theirs.page);
  latency("dead_letters", ours.letters.result, null);
  cost("dead_letters", ours.letters, null);
  figure("capture.seconds", ours.captureSeconds, "s", null);
  cost("capture", ours.capture, null);
  figure(
    "find_by_payload.p95",
    quantile(ours.find.result, 0.95) ?? Number.NaN,
    "ms",
    theirs.find.seconds * 1_000,
  );
  cost("find_by_payload", ours.find, theirs.find);
  figure("retry_all.sent", ours.redrive.result, "jobs", theirs.retryAll.result.retried);
  figure("retry_all.never_tried", ours.neverTried, "jobs", theirs.neverTried, 0);
  figure("retry_all.seconds", ours.redrive.seconds, "s", theirs.retryAll.seconds);
  cost("retry_all", ours.redrive, theirs.retryAll);
  figure("memory.web_and_worker", ours.webMb + ours.workerMb, "MB", theirs.memoryMb);
  figure("memory.worker", ours.workerMb, "MB", null, 300);
}
