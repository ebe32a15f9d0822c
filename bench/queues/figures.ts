import { quantile } from "#lib/core/stats.ts";
import { report } from "../report.ts";
import type { BullBoardFigures } from "./bull-board.ts";
import type { Measured } from "./meter.ts";
import type { PlumblineFigures } from "./plumbline.ts";

const PING_GOAL = 15;
const MEMORY_GOAL = 300;
/** Per cent. */
const RATE_GOAL = 5;

interface Numbers {
  unit: string;
  ours: number;
  theirs?: number;
  goal?: number;
}

function figure(name: string, { unit, ours, theirs, goal }: Numbers): void {
  report({
    figure: `queues.${name}`,
    value: ours,
    unit,
    ...(theirs !== undefined && { beside: { what: "bull-board", value: theirs } }),
    ...(goal !== undefined && { goal }),
  });
}

type Latencies = Measured<number[]>;

function latency(name: string, ours: Latencies, theirs?: Latencies): void {
  for (const [at, q] of [
    ["p50", 0.5],
    ["p95", 0.95],
  ] as const) {
    const of = ({ result }: Latencies): number => quantile(result, q) ?? Number.NaN;
    figure(`${name}.${at}`, { unit: "ms", ours: of(ours), ...(theirs && { theirs: of(theirs) }) });
  }
}

/** What it cost the other clients of the Redis. */
export function reportCost(
  name: string,
  ours: Measured<unknown>,
  theirs?: Measured<unknown>,
  goal?: number,
): void {
  const unit = "ms";
  figure(`${name}.longest_ping`, {
    unit,
    ours: ours.longestPingMs,
    ...(theirs && { theirs: theirs.longestPingMs }),
    ...(goal !== undefined && { goal }),
  });
  figure(`${name}.longest_command`, {
    unit,
    ours: ours.longestCommandMs,
    ...(theirs && { theirs: theirs.longestCommandMs }),
  });
}

/** One line per figure; see ../README.md for what they mean. */
export function reportFigures(ours: PlumblineFigures, theirs: BullBoardFigures): void {
  latency("failed_page", ours.livePage, theirs.page);
  reportCost("failed_page", ours.livePage, theirs.page, PING_GOAL);
  latency("dead_letters", ours.letters);
  reportCost("dead_letters", ours.letters, undefined, PING_GOAL);
  figure("capture.seconds", { unit: "s", ours: ours.captureSeconds });
  reportCost("capture", ours.capture, undefined, PING_GOAL);
  figure("find_by_payload", {
    unit: "ms",
    ours: quantile(ours.find.result, 0.95) ?? Number.NaN,
    theirs: theirs.find.seconds * 1_000,
  });
  reportCost("find_by_payload", ours.find, theirs.find, PING_GOAL);
  figure("retry_all.sent", {
    unit: "jobs",
    ours: ours.redrive.result.sent,
    theirs: theirs.retryAll.result.retried,
  });
  figure("retry_all.never_tried", {
    unit: "jobs",
    ours: ours.neverTried,
    theirs: theirs.neverTried,
    goal: 0,
  });
  figure("retry_all.seconds", {
    unit: "s",
    ours: ours.redrive.seconds,
    theirs: theirs.retryAll.seconds,
  });
  const { asked, offPercent } = ours.redrive.result;
  figure("retry_all.rate_asked", { unit: "1/s", ours: asked });
  if (offPercent !== null)
    figure("retry_all.rate_off", { unit: "%", ours: offPercent, goal: RATE_GOAL });
  reportCost("retry_all", ours.redrive, theirs.retryAll, PING_GOAL);
  figure("memory.web_and_worker", {
    unit: "MB",
    ours: ours.webMb + ours.workerMb,
    theirs: theirs.memoryMb,
  });
  figure("memory.worker_growth", { unit: "MB", ours: ours.workerGrowthMb });
  figure("memory.worker", { unit: "MB", ours: ours.workerMb, goal: MEMORY_GOAL });
}
