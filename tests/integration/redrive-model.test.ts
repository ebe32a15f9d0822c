import { type Queue, Worker } from "bullmq";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { setFailpointHook } from "#lib/actions/failpoint.ts";
import { isAppError } from "#lib/core/errors.ts";
import { sql } from "#lib/db/sql.ts";
import { carryOn } from "#lib/signals/deadletters/redrive/run.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { countedStates } from "./deadletters-letters.ts";
import type { QueueTarget } from "./queues-target.ts";
import {
  act,
  countedItems,
  failJobs,
  letLeasesEnd,
  openStage,
  retriesOf,
  shadow,
  shown,
  type Stage,
  startRedrive,
} from "./redrive-world.ts";

const JOBS = 7;
const TOKEN = "a worker's token";

let stage: Stage;
let target: QueueTarget;
let source: OpenSource<"bullmq">;

beforeAll(async () => {
  stage = await openStage();
  ({ target, source } = stage);
});
afterEach(() => setFailpointHook(undefined));
afterAll(() => stage.close());

/** What may happen between any two steps of a redrive: by other tools, the team's workers, its people, and to our workers. */
type Step =
  | { at: "outsider" | "remove" | "discard"; job: number }
  | { at: "fail" | "complete" | "pause" | "resume" | "crash" | "wake" | "forget" };

const anyJob = fc.nat(JOBS - 1);
const one = <At extends Step["at"]>(at: At) => fc.constant({ at } as Extract<Step, { at: At }>);
const on = <At extends "outsider" | "remove" | "discard">(at: At) =>
  fc.record({ at: fc.constant(at), job: anyJob });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: one("crash") },
  { weight: 3, arbitrary: on("outsider") },
  { weight: 3, arbitrary: one("fail") },
  { weight: 2, arbitrary: one("complete") },
  { weight: 2, arbitrary: one("wake") },
  { weight: 1, arbitrary: on("remove") },
  { weight: 1, arbitrary: on("discard") },
  { weight: 1, arbitrary: one("pause") },
  { weight: 1, arbitrary: one("resume") },
  { weight: 1, arbitrary: one("forget") },
);
/** What happens at each failpoint that is passed, one after the other. */
const story = fc.array(fc.array(step, { maxLength: 2 }), { minLength: 4, maxLength: 16 });

let stories = 0;

class World {
  readonly name = `mails-${++stories}`;
  readonly key = `bull:${this.name}`;
  readonly worker: Worker;
  /** Retries of each job that were not ours. */
  readonly outsiders = new Map<string, number>();
  readonly #story: Step[][];
  /** Workers of ours that froze, with what wakes them. */
  readonly #frozen: (() => void)[] = [];
  readonly #running: Promise<unknown>[] = [];
  /** Jobs whose first failure somebody else retried. */
  readonly lost = new Set<string>();
  receiptsLost = false;
  queue!: Queue;
  id = "";

  constructor(steps: Step[][]) {
    this.#story = [...steps];
    this.worker = new Worker(this.name, null, { connection: target.redis, autorun: false });
    this.worker.on("error", () => {});
  }

  async open(): Promise<void> {
    const jobs = Array.from({ length: JOBS }, (_, at) => ({ id: `job-${at}` }));
    this.queue = await failJobs(target, this.name, jobs);
    await shadow(target, source, this.key);
    const [redrive] = await startRedrive({ rate: 60 });
    this.id = redrive?.id as string;
  }

  /** Workers of ours take it up again and again, until the story is told. */
  async tell(): Promise<void> {
    while (this.#story.length > 0) {
      await this.workOnce();
      // Between two workers things happen too; and a story must come to its end.
      for (const each of this.#story.shift() ?? []) await this.take(each);
      await letLeasesEnd();
    }
  }

  /** One worker of ours, until it puts the redrive down or freezes. */
  async workOnce(): Promise<void> {
    const { promise: froze, resolve } = Promise.withResolvers<void>();
    let alive = true;
    setFailpointHook(async (_point, id) => {
      if (!alive || id !== this.id) return;
      for (const each of this.#story.shift() ?? []) {
        await this.take(each);
        if (each.at !== "crash") continue;
        alive = false;
        resolve();
        await new Promise<void>((wake) => this.#frozen.push(wake));
        return;
      }
    });
    const openSource = () => Promise.resolve(source);
    const work = carryOn({ openSource, abort: new AbortController().signal });
    this.#running.push(work);
    await Promise.race([work, froze]);
  }

  async take(each: Step): Promise<void> {
    if (each.at === "outsider") await this.outsider(`job-${each.job}`);
    if (each.at === "remove") await this.queue.remove(`job-${each.job}`).catch(() => 0);
    if (each.at === "discard") await this.discard(`job-${each.job}`);
    if (each.at === "fail")
      await this.process((job) => job.moveToFailed(new Error("no"), TOKEN, false));
    if (each.at === "complete") await this.process((job) => job.moveToCompleted(1, TOKEN, false));
    if (each.at === "pause" || each.at === "resume")
      await act(`redrives.${each.at}`, { id: this.id }).catch(refused);
    if (each.at === "wake") this.#frozen.shift()?.();
    if (each.at === "forget") await this.forget();
  }

  async outsider(id: string): Promise<void> {
    const found = await this.queue.getJob(id);
    const before = (await retriesOf(target, this.key)).get(id) ?? 0;
    const done = await found?.retry("failed").then(
      () => true,
      () => false,
    );
    if (done) this.outsiders.set(id, (this.outsiders.get(id) ?? 0) + 1);
    if (done && before === 0) this.lost.add(id);
  }

  async discard(id: string): Promise<void> {
    await sql.query(
      `UPDATE deadletters_letter l SET state = 'discarded' FROM deadletters_queue q
       WHERE q.id = l.queue_id AND q.key = $1 AND l.job_id = $2 AND l.state = 'dead'`,
      [this.key, id],
    );
  }

  async process(
    end: (job: NonNullable<Awaited<ReturnType<Worker["getNextJob"]>>>) => Promise<unknown>,
  ): Promise<void> {
    const taken = await this.worker.getNextJob(TOKEN, { block: false });
    if (taken) await end(taken).catch(() => 0);
  }

  /** The server evicts our receipts. */
  async forget(): Promise<void> {
    const receipts = await target.redis.keys(`${this.key}:plumbline*`);
    if (receipts.length > 0) this.receiptsLost = true;
    for (const key of receipts) await target.redis.del(key);
  }

  /** Nothing more happens: whatever froze comes back, and workers that live finish it. */
  async settle(): Promise<void> {
    setFailpointHook(undefined);
    for (let round = 0; round < 20 && (await shown(this.id)).finishedAt === null; round += 1) {
      await letLeasesEnd();
      await act("redrives.resume", { id: this.id }).catch(refused);
      await carryOn({
        openSource: () => Promise.resolve(source),
        abort: new AbortController().signal,
      });
    }
    for (const wake of this.#frozen.splice(0)) wake();
    await Promise.all(this.#running);
    await this.worker.close();
  }
}

function refused(error: unknown): undefined {
  if (!isAppError(error)) throw error;
  return undefined;
}

async function itemStates(id: string): Promise<{ job: string; state: string }[]> {
  const { rows } = await sql.query<{ job: string; state: string }>(
    `SELECT l.job_id AS job, i.state FROM deadletters_redrive_item i JOIN deadletters_letter l ON l.id = i.letter_id
     WHERE i.redrive_id = $1 ORDER BY i.seq`,
    [id],
  );
  return rows;
}

/** By hand also with `REDRIVE_STORIES=300`. */
test("whatever happens around a redrive, each job is sent as often as is recorded: once or not at all", async () => {
  await fc.assert(
    fc.asyncProperty(story, async (steps) => {
      const world = new World(steps);
      await world.open();
      await world.tell();
      await world.settle();

      expect((await shown(world.id)).state).toBe("completed");
      await countedItems(world.id);
      await countedStates();
      const retries = await retriesOf(target, world.key);
      const wrong = (await itemStates(world.id)).flatMap(({ job, state }) => {
        const ours = (retries.get(job) ?? 0) - (world.outsiders.get(job) ?? 0);
        const unsure = state === "unknown" && world.receiptsLost;
        const right = unsure ? ours === 0 || ours === 1 : ours === (state === "retried" ? 1 : 0);
        const tooLate = ours > 0 && world.lost.has(job);
        return right && !tooLate && state !== "pending" && state !== "claimed"
          ? []
          : [{ job, state, ours }];
      });
      expect(wrong).toEqual([]);
    }),
    { numRuns: Number(process.env["REDRIVE_STORIES"] ?? 25) },
  );
}, 120_000);
