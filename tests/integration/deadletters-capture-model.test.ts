import { randomUUID } from "node:crypto";
import { type Job, type Queue, Worker } from "bullmq";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sql } from "#lib/db/sql.ts";
import type { LetterState } from "#lib/signals/deadletters/states.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { countsOf } from "./deadletters-failures.ts";
import { capture, captured, captureOf, watch } from "./deadletters-target.ts";
import { openTarget, QueueTarget } from "./queues-target.ts";

let ground: Ground;
let target: QueueTarget;

beforeAll(async () => {
  ground = await openGround();
  target = await QueueTarget.start();
});
afterAll(async () => {
  await target.stop();
  await ground.close();
});

/** One failure as the story told it, and what its letter must say in the end. */
interface Expected {
  job: string;
  captured: boolean;
  state: LetterState;
}

/** A queue whose every step is made by hand, and what is known of its failures. */
class Story {
  readonly queue: Queue;
  readonly worker: Worker;
  readonly source: OpenSource;
  readonly failures: Expected[] = [];

  constructor(name: string, source: OpenSource) {
    this.queue = target.queue(name);
    const connection = { url: target.server.url, maxRetriesPerRequest: null };
    this.worker = target.opened(new Worker(name, null, { connection, autorun: false }));
    this.source = source;
  }

  latest = (job: string): Expected | undefined => this.failures.findLast((one) => one.job === job);

  async add(job: string, throwsAway: boolean): Promise<void> {
    // While the job exists, BullMQ does nothing.
    await this.queue.add(
      "x",
      { job },
      { jobId: `job-${job}`, removeOnFail: throwsAway, removeOnComplete: true },
    );
  }

  async fail(): Promise<void> {
    const job = await this.next();
    if (!job) return;
    const throwsAway = job.opts.removeOnFail === true;
    await job.moveToFailed(new Error(`no ${randomUUID()}`), TOKEN);
    this.failures.push({
      job: String(job.id),
      captured: throwsAway,
      state: throwsAway ? "lost" : "dead",
    });
    // Two failures of one millisecond would be one.
    await new Promise((resolve) => setTimeout(resolve, 2));
  }

  async complete(): Promise<void> {
    await (await this.next())?.moveToCompleted("ok", TOKEN, false);
  }

  async retry(job: string): Promise<void> {
    const failed = await this.failed(job);
    if (!failed) return;
    await failed.retry();
    const latest = this.latest(String(failed.id));
    if (latest) latest.state = "superseded";
  }

  async remove(job: string): Promise<void> {
    const failed = await this.failed(job);
    if (!failed) return;
    await failed.remove();
    const latest = this.latest(String(failed.id));
    if (latest) latest.state = latest.captured ? "gone" : "lost";
  }

  async capture(): Promise<void> {
    await capture(this.source);
    for (const failure of this.failures) failure.captured = true;
  }

  private async failed(job: string): Promise<Job | undefined> {
    return (await this.queue.getFailed(0, 20)).find(({ id }) => id === `job-${job}`);
  }

  private async next(): Promise<Job | undefined> {
    return (await this.worker.getNextJob(TOKEN, { block: false })) ?? undefined;
  }
}

const TOKEN = "story";
const job = fc.constantFrom("a", "b", "c");
const throwsAway = fc.nat(3).map((n) => n === 0);
const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ is: fc.constant("add" as const), job, throwsAway }) },
  { weight: 6, arbitrary: fc.record({ is: fc.constant("fail" as const), job, throwsAway }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant("complete" as const) }) },
  { weight: 4, arbitrary: fc.record({ is: fc.constant("retry" as const), job }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant("remove" as const), job }) },
  { weight: 3, arbitrary: fc.record({ is: fc.constant("capture" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function tell(story: Story, one: Step): Promise<void> {
  if (one.is === "add" || one.is === "fail") await story.add(one.job, one.throwsAway);
  if (one.is === "add") return;
  if (one.is === "retry") return story.retry(one.job);
  if (one.is === "remove") return story.remove(one.job);
  return story[one.is]();
}

test("whatever jobs, people and other tools do, and whenever one looks: each failure has one letter, which says what became of it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      const source = await openTarget(target.server.url);
      const name = `story-${randomUUID()}`;
      await watch(source, `bull:${name}`);
      const story = new Story(name, source);
      for (const one of steps) await tell(story, one);
      await story.capture();
      // The slow walk finds what no event tells.
      await sql.query("UPDATE deadletters_queue SET reconciled_at = NULL, reconcile_cursor = NULL");
      for (let round = 0; round < 3; round += 1) await story.capture();
      const letters = await captured(source, `bull:${name}`);
      const told = letters.map(({ job: id, state }) => `${id} ${state}`);
      const expected = story.failures.map(({ job: id, state }) => `${id} ${state}`);
      expect(told.toSorted()).toEqual(expected.toSorted());
      const { id } = await captureOf(source, `bull:${name}`);
      const byState = Map.groupBy(letters, ({ state }) => state);
      expect(await countsOf(id)).toEqual(
        Object.fromEntries([...byState].map(([state, some]) => [state, some.length])),
      );
      await source.conn.close();
      await target.closeOpened();
    }),
    { numRuns: 30 },
  );
}, 60_000);
