import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Queue } from "bullmq";
import { sleep } from "#lib/core/time.ts";
import { removePlaces } from "#lib/embedded/place.ts";
import { startRedis } from "#lib/embedded/redis.ts";
import { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { newCost } from "#lib/sources/cost.ts";
import { ACTS, type Act } from "./queues/acts.ts";
import { prioritise } from "./queues/child.ts";
import { layOrders, QUEUE } from "./queues/load.ts";
import { type Measured, type Meter, openMeter } from "./queues/meter.ts";
import { report } from "./report.ts";

// What acting on a whole queue costs the other clients of its Redis, beside BullMQ's own way of doing it, each on as many jobs.
// On a server of its own; needs nothing running.

const JOBS = Number(process.env["JOBS"] ?? 100_000);
const PING_GOAL_MS = 15;

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
  report({ figure: "queue_acts.jobs", value: JOBS, unit: "jobs" });
  const nobody = await meter.during(() => sleep(5_000));
  reportCost("nobody", nobody, undefined, undefined);
  for (const [name, act] of Object.entries(ACTS)) {
    const ours = await measureOurs(meter, act);
    const theirs = act.theirs ? await measureTheirs(meter, act) : undefined;
    report({
      figure: `queue_acts.${name}.seconds`,
      value: ours.seconds,
      unit: "s",
      ...beside(theirs?.seconds),
    });
    reportCost(name, ours, theirs, PING_GOAL_MS);
  }
  await meter.close();
} finally {
  await target.stop();
  removePlaces(dir);
}

async function measureOurs(meter: Meter, { state, ours }: Act): Promise<Measured<void>> {
  const seen = await layOrders(target.url, state, JOBS);
  const conn = new BullmqConnection(target.url, null, newCost());
  const measured = await meter.during(() => ours(conn, seen));
  await conn.close();
  return measured;
}

async function measureTheirs(meter: Meter, { state, theirs }: Act): Promise<Measured<void>> {
  await layOrders(target.url, state, JOBS);
  const queue = new Queue(QUEUE, { connection: { url: target.url } });
  const measured = await meter.during(async () => {
    await theirs?.(queue, JOBS);
  });
  await queue.close();
  return measured;
}

function reportCost(
  name: string,
  ours: Measured<void>,
  theirs: Measured<void> | undefined,
  goal: number | undefined,
): void {
  report({
    figure: `queue_acts.${name}.longest_ping`,
    value: ours.longestPingMs,
    unit: "ms",
    ...beside(theirs?.longestPingMs),
    ...(goal !== undefined && { goal }),
  });
  report({
    figure: `queue_acts.${name}.longest_command`,
    value: ours.longestCommandMs,
    unit: "ms",
    ...beside(theirs?.longestCommandMs),
  });
}

function beside(value: number | undefined) {
  return value === undefined ? {} : { beside: { what: "BullMQ's own", value } };
}
