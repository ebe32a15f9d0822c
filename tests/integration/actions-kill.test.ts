import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Action } from "#lib/actions/define.ts";
import { FAILPOINTS } from "#lib/actions/failpoint.ts";
import { submitAction } from "#lib/actions/submit.ts";
import { sleep } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import { retry } from "#lib/signals/queues/actions/retry.ts";
import { breaches } from "./actions-checker.ts";
import {
  createWorld,
  findTestAction,
  letLeasesEnd,
  newItem,
  submission,
  type World,
} from "./actions-world.ts";

let world: World;
let home: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  world = await createWorld();
  home = mkdtempSync(join(tmpdir(), "plumbline-kill-"));
  const sources = ["target", "jobs"].map((name) => ({
    name,
    kind: name === "jobs" ? "bullmq" : "redis",
    url: world.target.url,
  }));
  writeFileSync(join(home, "plumbline.yaml"), JSON.stringify({ sources }));
  await sql.query(
    "INSERT INTO source (id, name, kind, interval_ms) VALUES (gen_random_uuid(), 'jobs', 'bullmq', 10000)",
  );
});

afterEach(async () => {
  const ended = [...children].map((child) =>
    child.exitCode === null && child.signalCode === null ? once(child, "exit") : null,
  );
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(ended);
  children.clear();
});

afterAll(async () => {
  await world.end();
  rmSync(home, { recursive: true });
});

/** A real worker process; with `killAt` it ends itself with SIGKILL there, the `hit`-th time it comes by. */
function startWorker(killAt?: string, hit = 1, faults: string[] = []): ChildProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, "actions-worker.ts")], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      PLUMBLINE_HOME: home,
      PLUMBLINE_SOURCES: join(home, "plumbline.yaml"),
      METRICS_PORT: "0",
      LOG_LEVEL: "silent",
      NODE_COMPILE_CACHE: join(home, "compiled"),
      KILL_AT: killAt ?? "",
      KILL_HIT: String(hit),
      FAULTS: JSON.stringify(faults),
    },
  });
  children.add(child);
  return child;
}

const unfinished = async (): Promise<number> => {
  const { rows } = await sql.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM action_run WHERE finished_at IS NULL",
  );
  return rows[0]?.count as number;
};

/** Starts workers that die one after the other, two at a time, with work to do; then one that lives and finishes it all. */
async function killEverywhere(
  deaths: { at: string; hit: number; faults: string[] }[],
  moreWork: () => Promise<void>,
): Promise<void> {
  const queue = [...deaths];
  async function lane(): Promise<void> {
    for (let death = queue.shift(); death; death = queue.shift()) {
      await moreWork();
      const child = startWorker(death.at, death.hit, death.faults);
      const exit = once(child, "exit");
      // The other lane may have done this one's work: a worker only dies where it comes by.
      while (child.signalCode === null && child.exitCode === null) {
        if ((await unfinished()) === 0) await moreWork();
        await Promise.race([exit, sleep(250)]);
      }
      expect(child.signalCode).toBe("SIGKILL");
      children.delete(child);
      await letLeasesEnd();
    }
  }
  await Promise.all([lane(), lane()]);
  startWorker();
  await everythingEnds();
}

async function unfinishedLater(): Promise<number> {
  await letLeasesEnd();
  return unfinished();
}

async function everythingEnds(): Promise<void> {
  await expect.poll(unfinishedLater, { timeout: 30_000, interval: 250 }).toBe(0);
}

const steps = FAILPOINTS.filter((name) => name !== "submitted");
/** Each start of a process costs half a second of processor time. */
const PATIENCE_MS = 180_000;
const SEEDS = [1, 2];
/** Losing the first answer takes a worker down the path of doubt. */
const deaths = SEEDS.flatMap((seed) =>
  steps.map((at) => ({
    at,
    hit: at === "read_back" || at === "doubted" ? 1 : seed,
    faults: seed === 2 || at === "doubted" ? ["lost after", "lost before"] : [],
  })),
);

const find = (name: string): Action | undefined =>
  name === retry.name ? retry : findTestAction(name);

test(
  "killed at every step, with every seed: one effect or an explicit failure, and a valid audit chain",
  async () => {
    await killEverywhere(deaths, async () => {
      const items = await Promise.all([newItem(world), newItem(world), newItem(world)]);
      for (const item of items) await submitAction(submission(item), find);
      // Two people, one item: only one of them can have it.
      await submitAction(submission(items[0] as string), find);
    });
    expect(await breaches(world)).toEqual([]);
    // Only losing the race for an item is a reason to fail.
    const { rows } = await sql.query<{ code: string }>(
      "SELECT DISTINCT error->>'code' AS code FROM action_run WHERE state = 'failed'",
    );
    expect(rows.map(({ code }) => code)).toEqual(["conflict"]);
  },
  PATIENCE_MS,
);

test(
  "a web process killed between the intent and its job loses nothing",
  async () => {
    const item = await newItem(world);
    const script = `
    import { setFailpointHook } from "#lib/actions/failpoint.ts";
    import { submitAction } from "#lib/actions/submit.ts";
    import { findTestAction, submission } from "./tests/integration/actions-world.ts";
    setFailpointHook((name) => name === "submitted" && process.kill(process.pid, "SIGKILL"));
    await submitAction(submission("${item}"), findTestAction);`;
    const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
    expect(await world.effects(item)).toEqual([]);
    startWorker();
    await everythingEnds();
    expect(await world.effects(item)).toHaveLength(1);
    expect(await breaches(world)).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  "a BullMQ job retried by workers that are killed at every step goes back to waiting exactly once",
  async () => {
    const connection = new Redis(world.target.url, { maxRetriesPerRequest: null });
    const queue = new Queue("mails", { connection });
    const failing = new Worker("mails", () => Promise.reject(new Error("mail refused")), {
      connection,
    });
    try {
      await killEverywhere(
        steps.map((at) => ({ at, hit: 1, faults: [] })).filter(({ at }) => at !== "doubted"),
        async () => {
          const job = await queue.add("mail", { to: "somebody" });
          await expect.poll(() => job.isFailed(), { timeout: 10_000 }).toBe(true);
          const input = { queue: "bull:mails", job: job.id };
          await submitAction(submission("", { name: retry.name, source: "jobs", input }), find);
        },
      );
      const { rows } = await sql.query<{ job: string; state: string }>(
        "SELECT input->>'job' AS job, state FROM action_run WHERE name = $1",
        [retry.name],
      );
      expect(rows.length).toBeGreaterThanOrEqual(steps.length - 1);
      const events = await connection.xrange("bull:mails:events", "-", "+");
      for (const { job, state } of rows) {
        const retries = events.filter(([, fields]) => isRetryOf(job, fields));
        expect({ job, state, retries: retries.length }).toEqual({
          job,
          state: "succeeded",
          retries: 1,
        });
      }
    } finally {
      await failing.close();
      await queue.close();
      connection.disconnect();
    }
  },
  PATIENCE_MS,
);

/** BullMQ's own record: the job went from failed back to waiting. */
function isRetryOf(job: string, fields: string[]): boolean {
  const value = (name: string): string | undefined => fields[fields.indexOf(name) + 1];
  return value("event") === "waiting" && value("prev") === "failed" && value("jobId") === job;
}
