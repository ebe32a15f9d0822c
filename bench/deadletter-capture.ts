import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { worker } from "../bin/up/children.ts";
import { migrate } from "#lib/db/migrate.ts";
import { sleep } from "#lib/core/time.ts";
import { closePool, sql } from "#lib/db/sql.ts";
import { removePlaces } from "#lib/embedded/place.ts";
import { startPostgres } from "#lib/embedded/postgres.ts";
import { startRedis } from "#lib/embedded/redis.ts";
import type { Measured } from "./deadletter-capture-worker.ts";
import { prioritise } from "./queues/child.ts";
import { openMeter } from "./queues/meter.ts";
import { report } from "./report.ts";

// How fast failures come from Redis into the shadow, what that costs the other clients of that Redis, and how much memory the
// worker takes. On servers of its own; needs nothing running.

const FAILURES = Number(process.env["FAILURES"] ?? 100_000);
const BATCH = 1_000;

const dir = mkdtempSync(join(tmpdir(), "plumbline-bench-"));
chmodSync(dir, 0o711);
const [postgres, target, own] = await Promise.all([
  startPostgres({ dir: join(dir, "postgres"), port: 21_432, database: "plumbline" }),
  startRedis({ dir: join(dir, "target"), port: 21_379, config: { appendonly: "no" } }),
  startRedis({ dir: join(dir, "redis"), port: 21_479 }),
]);
try {
  const settings = {
    DATABASE_URL: postgres.url,
    REDIS_URL: own.url,
    PLUMBLINE_SECRET: "only for this benchmark, 32 characters",
  };
  Object.assign(process.env, settings);
  await migrate(postgres.url);
  await fill(new Redis(target.url));
  const source = await watch();
  await prioritise(target.pid);
  const meter = await openMeter(target.url);
  const idle = await meter.during(() => sleep(5_000));
  const bare = await runWorker("read", source);
  const busy = await meter.during(() => runWorker("capture", source));
  await meter.close();
  await checkAll();
  const { seconds, cpuSeconds, peakMegabytes } = busy.result;
  const perFailure = (taken: number): number => (taken / FAILURES) * 1e6;
  report({
    figure: "deadletters.capture.per_failure",
    value: perFailure(seconds),
    unit: "µs",
    beside: { what: "only reading them from Redis", value: perFailure(bare.seconds) },
    goal: 1e6 / 5_000,
  });
  report({
    figure: "deadletters.capture.worker_cpu_per_failure",
    value: perFailure(cpuSeconds),
    unit: "µs",
    beside: { what: "only reading them from Redis", value: perFailure(bare.cpuSeconds) },
  });
  report({ figure: "deadletters.capture.rate", value: FAILURES / seconds, unit: "1/s" });
  report({
    figure: "deadletters.capture.longest_ping_of_others",
    value: busy.longestPingMs,
    unit: "ms",
    beside: { what: "while nobody reads", value: idle.longestPingMs },
    goal: 15,
  });
  report({
    figure: "deadletters.capture.worker_memory",
    value: peakMegabytes,
    unit: "MB",
    goal: 300,
  });
} finally {
  await closePool();
  await Promise.all([postgres.stop(), target.stop(), own.stop()]);
  removePlaces(dir);
}

/** Failed jobs as BullMQ stores them: some 450 bytes of payload, a stack of two attempts, messages that differ in their ids. */
async function fill(redis: Redis): Promise<void> {
  const from = Date.now() - FAILURES;
  for (let start = 0; start < FAILURES; start += BATCH) {
    const batch = redis.pipeline();
    for (let at = start; at < Math.min(start + BATCH, FAILURES); at += 1) {
      batch.hset(`bull:payments:${at}`, job(at, from + at));
      batch.zadd("bull:payments:failed", from + at, String(at));
    }
    await batch.exec();
  }
  await redis.hset("bull:payments:meta", { version: "bullmq:6.7.0", "opts.maxLenEvents": "10000" });
  redis.disconnect();
}

function job(at: number, failedAt: number): Record<string, string | number> {
  const message = `charge ch_${at}x9 of customer ${randomUUID()} was declined after ${at % 900} ms`;
  const stack = [
    `PaymentError: ${message}`,
    `    at charge (/app/src/payments/charge-${at % 40}.ts:41:11)`,
    "    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
    "    at async Worker.processJob (/app/node_modules/bullmq/dist/cjs/classes/worker.js:637:28)",
    "    at async Worker.retryIfFailed (/app/node_modules/bullmq/dist/cjs/classes/worker.js:870:24)",
  ].join("\n");
  return {
    name: `charge-${at % 5}`,
    data: JSON.stringify({
      order: {
        id: at,
        total: "129.90",
        currency: "EUR",
        lines: [{ sku: `sku-${at % 977}`, count: 2 }],
      },
      customer: { id: randomUUID(), mail: `customer-${at}@example.com`, country: "DE" },
      note: "x".repeat(200),
    }),
    opts: JSON.stringify({ attempts: 2, backoff: { type: "exponential", delay: 1_000 } }),
    timestamp: failedAt - 5_000,
    processedOn: failedAt - 40,
    finishedOn: failedAt,
    atm: 2,
    ats: 2,
    priority: 0,
    failedReason: message,
    stacktrace: JSON.stringify([stack, stack]),
  };
}

async function watch(): Promise<string> {
  const id = randomUUID();
  await sql.query(
    "INSERT INTO source (id, name, kind, interval_ms) VALUES ($1, 'bench', 'bullmq', 15000)",
    [id],
  );
  await sql.query(
    "INSERT INTO entity (source_id, signal, key, data, observed_at) VALUES ($1, 'queues', 'bull:payments', '{}', now())",
    [id],
  );
  return id;
}

/** The capturing process: nothing else runs in it, so that its memory is what a worker needs. */
async function runWorker(what: "read" | "capture", source: string): Promise<Measured> {
  const file = join(import.meta.dirname, "deadletter-capture-worker.ts");
  // Under the flags of a real worker.
  const child = fork(file, [what, source, target.url], { execArgv: worker.args.slice(0, -1) });
  const [answer] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [unknown];
  if (typeof answer !== "object")
    throw new Error(`the capturing process ended with ${String(answer)}`);
  return answer as Measured;
}

/** A rate of failures that were not all stored would be no rate. */
async function checkAll(): Promise<void> {
  const { rows } = await sql.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM deadletters_letter",
  );
  if (rows[0]?.count !== FAILURES)
    throw new Error(`${rows[0]?.count} of ${FAILURES} were captured`);
}
