import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { log } from "#lib/core/log.ts";
import { sql } from "#lib/db/sql.ts";
import { deadletters } from "#lib/signals/deadletters/signal.ts";
import { queues } from "#lib/signals/queues/signal.ts";
import { type RunningWorker, startWorker } from "#workers/worker.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { failJobs } from "./deadletters-target.ts";
import { QueueTarget } from "./queues-target.ts";

let ground: Ground;
let target: QueueTarget;
let home: string;
let worker: RunningWorker;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "plumbline-letters-"));
  target = await QueueTarget.start();
  const file = join(home, "plumbline.yaml");
  const source = { name: "jobs", kind: "bullmq", url: target.server.url, interval: "1s" };
  writeFileSync(file, JSON.stringify({ sources: [source] }));
  ground = await openGround({ PLUMBLINE_HOME: home, PLUMBLINE_SOURCES: file, METRICS_PORT: "0" });
  log.level = "silent";
  worker = startWorker({ signals: [queues, deadletters], findAction: () => undefined });
});
afterAll(async () => {
  await worker.stop();
  await target.stop();
  await ground.close();
  rmSync(home, { recursive: true });
});

const count = async (text: string): Promise<number> => {
  const { rows } = await sql.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${text}`);
  return rows[0]?.count ?? 0;
};

test("a running worker finds the queue by itself, captures its failures, and counts what it holds", async () => {
  await failJobs(target, "payments", [
    { name: "charge", data: { order: 1 } },
    { name: "charge", data: { order: 2 }, opts: { removeOnFail: true } },
  ]);
  const patience = { timeout: 40_000, interval: 250 };
  await expect.poll(() => count("deadletters_letter"), patience).toBe(2);
  await expect.poll(() => count("entity WHERE signal = 'deadletters'"), patience).toBe(1);
  await failJobs(target, "payments", [{ name: "charge", data: { order: 3 } }]);
  // Between two collections: following goes on by itself.
  await expect.poll(() => count("deadletters_letter"), patience).toBe(3);
  const { rows } = await sql.query("SELECT state FROM deadletters_letter ORDER BY state");
  expect(rows).toEqual([{ state: "dead" }, { state: "dead" }, { state: "lost" }]);
}, 90_000);
