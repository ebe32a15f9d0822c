import { Queue, Worker } from "bullmq";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isRefusal } from "#lib/actions/apply.ts";
import type { Observation, TargetAction } from "#lib/actions/define.ts";
import { retry as retryAction } from "#lib/signals/queues/actions/retry.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { person } from "./queues-acting.ts";
import { openTarget, QueueTarget } from "./queues-target.ts";

const retry = retryAction as unknown as TargetAction<{ queue: string; job: string }, unknown>;
const actor = person("oncall");
const TOKEN = "a worker's token";

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

/** Everything that may happen to one failed job, by us, by other tools and by workers, in any order and at once. */
type Step =
  | { at: "observe" | "run" | "read_back"; run: number }
  | { at: "outsider" | "fail" | "remove" };

const RUNS = 3;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ at: fc.constant("observe" as const), run: fc.nat(RUNS - 1) }),
  },
  { weight: 5, arbitrary: fc.record({ at: fc.constant("run" as const), run: fc.nat(RUNS - 1) }) },
  {
    weight: 2,
    arbitrary: fc.record({ at: fc.constant("read_back" as const), run: fc.nat(RUNS - 1) }),
  },
  { weight: 2, arbitrary: fc.constant({ at: "outsider" as const }) },
  { weight: 3, arbitrary: fc.constant({ at: "fail" as const }) },
  { weight: 1, arbitrary: fc.constant({ at: "remove" as const }) },
);
/** Steps of one group run at the same time. */
const story = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), {
  minLength: 2,
  maxLength: 8,
});

let stories = 0;

class World {
  readonly name = `mails-${++stories}`;
  readonly input = { queue: `bull:${this.name}`, job: "job-1" };
  readonly queue: Queue;
  readonly worker: Worker;
  readonly seen: (Observation | undefined)[] = [];
  /** Runs that claim to have had their effect. */
  readonly applied = new Set<number>();
  /** Runs that had their effect and were told that they had not. */
  readonly contradicted: number[] = [];
  outsiders = 0;
  failures = 0;

  constructor() {
    this.queue = new Queue(this.name, { connection: target.redis });
    // Takes jobs only when a step says so.
    this.worker = new Worker(this.name, null, { connection: target.redis, autorun: false });
    this.worker.on("error", () => {});
  }

  async open(): Promise<void> {
    await this.queue.add("send", {}, { jobId: this.input.job, attempts: 1 });
    await this.fail();
  }

  async take(each: Step): Promise<void> {
    if (each.at === "observe") await this.observe(each.run);
    if (each.at === "run") await this.run(each.run);
    if (each.at === "read_back") await this.readBack(each.run);
    if (each.at === "outsider") await this.outsider();
    if (each.at === "fail") await this.fail();
    if (each.at === "remove") await this.queue.remove(this.input.job).catch(() => 0);
  }

  /** A run sees the job once; what it saw is its fence for good. */
  async observe(run: number): Promise<void> {
    if (this.seen[run]) return;
    const found = await retry.observe({ source, input: this.input }).catch(refused);
    this.seen[run] ??= found;
  }

  async run(run: number): Promise<void> {
    const { fence } = this.seen[run] ?? {};
    if (fence === undefined) return;
    const context = { source, actor, input: this.input, fence, runId: `${this.name}-${run}` };
    if (await retry.run(context).catch(refused)) this.applied.add(run);
  }

  async readBack(run: number): Promise<void> {
    const { fence } = this.seen[run] ?? {};
    if (fence === undefined) return;
    const known = this.applied.has(run);
    const context = { source, input: this.input, fence, runId: `${this.name}-${run}` };
    const answer = await retry.readBack(context);
    if (known && answer !== "applied") this.contradicted.push(run);
    if (answer === "applied") this.applied.add(run);
  }

  /** Every second one also resets the attempts, which makes two failures look alike but for their time. */
  async outsider(): Promise<void> {
    const job = await this.queue.getJob(this.input.job);
    const reset = { resetAttemptsMade: this.outsiders % 2 === 0 };
    await job?.retry("failed", reset).then(
      () => (this.outsiders += 1),
      () => 0,
    );
  }

  async fail(): Promise<void> {
    const job = await this.worker.getNextJob(TOKEN, { block: false });
    if (!job) return;
    const failed = await job.moveToFailed(new Error("no"), TOKEN, false).then(
      () => true,
      () => false,
    );
    if (failed) this.failures += 1;
  }

  /** How often the job went back in line, as the queue itself recorded it. */
  async retries(): Promise<number> {
    const events = await target.redis.xrange(`bull:${this.name}:events`, "-", "+");
    return events.filter(([, fields]) => fields.join().includes("waiting,jobId,job-1,prev,failed"))
      .length;
  }

  async close(): Promise<void> {
    await this.worker.close();
    await this.queue.close();
  }
}

/** A refusal is an answer; anything else is a fault of ours. */
function refused(error: unknown): undefined {
  if (!isRefusal(error)) throw error;
  return undefined;
}

test("each failure goes back in line at most once, each run says truly whether it did it, and nobody is blamed for another", async () => {
  await fc.assert(
    fc.asyncProperty(story, async (groups) => {
      const world = new World();
      await world.open();
      for (const group of groups) await Promise.all(group.map((each) => world.take(each)));
      for (let run = 0; run < RUNS; run += 1) await world.readBack(run);
      const retries = await world.retries();
      expect(world.contradicted).toEqual([]);
      expect(retries).toBe(world.applied.size + world.outsiders);
      expect(retries).toBeLessThanOrEqual(world.failures);
      await world.close();
    }),
    { numRuns: 150 },
  );
});

test("a run that saw one failure leaves a later one alone", async () => {
  const world = new World();
  await world.open();
  await world.observe(0);
  await world.outsider();
  await world.fail();
  const job = await world.queue.getJob("job-1");
  expect(job?.attemptsMade).toBe(1);
  await world.run(0);
  expect(world.applied.size).toBe(0);
  expect(await world.retries()).toBe(1);
  await world.close();
});

test("two failures in the same millisecond are two failures", async () => {
  const world = new World();
  await world.open();
  await world.observe(0);
  const score = await target.redis.zscore(`bull:${world.name}:failed`, "job-1");
  const job = await world.queue.getJob("job-1");
  await job?.retry();
  await world.fail();
  await target.redis.zadd(`bull:${world.name}:failed`, String(score), "job-1");
  await world.run(0);
  expect(world.applied.size).toBe(0);
  expect(await world.retries()).toBe(1);
  await world.close();
});
