import { type Queue, Worker } from "bullmq";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll } from "vitest";
import { setFailpointHook } from "#lib/actions/failpoint.ts";
import { isAppError } from "#lib/core/errors.ts";
import { sql } from "#lib/db/sql.ts";
import { copyId } from "#lib/signals/deadletters/copy.ts";
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

/** Everything stories need, for all tests of a file. */
export function onRedriveGround(): void {
  beforeAll(async () => {
    stage = await openStage();
    ({ target, source } = stage);
  });
  afterEach(() => setFailpointHook(undefined));
  afterAll(() => stage.close());
}

/** What may happen between any two steps of a redrive: by other tools, the team's workers, its people, and to our workers. */
export type Step =
  | { at: "outsider" | "remove" | "discard"; job: number }
  | { at: "fail" | "complete" | "pause" | "resume" | "cancel" | "crash" | "wake" | "forget" };

const WEIGHTS = {
  crash: 4,
  outsider: 3,
  fail: 3,
  complete: 2,
  wake: 2,
  remove: 1,
  discard: 1,
  pause: 1,
  resume: 1,
  cancel: 1,
  forget: 1,
} satisfies Record<Step["at"], number>;
type Kind = keyof typeof WEIGHTS;

const stepOf = (at: Kind): fc.Arbitrary<Step> =>
  fc.record({ at: fc.constant(at), job: fc.nat(JOBS - 1) }) as fc.Arbitrary<Step>;

/** What happens at each failpoint that is passed, one after the other: of everything that may, or of some kinds alone. */
export function storiesOf(kinds = Object.keys(WEIGHTS) as Kind[]): fc.Arbitrary<Step[][]> {
  const step = fc.oneof(...kinds.map((at) => ({ weight: WEIGHTS[at], arbitrary: stepOf(at) })));
  return fc.array(fc.array(step, { maxLength: 2 }), { minLength: 4, maxLength: 16 });
}

let stories = 0;

class World {
  readonly name = `mails-${++stories}`;
  readonly key = `bull:${this.name}`;
  /** Where letters go: their own queue, or another one. */
  readonly to: string;
  /** The team's, of both queues. */
  readonly workers: Worker[];
  /** Retries of each job that were not ours. */
  readonly outsiders = new Map<string, number>();
  readonly #story: Step[][];
  /** Workers of ours that froze, with what wakes them. */
  readonly #frozen: (() => void)[] = [];
  readonly #running: Promise<unknown>[] = [];
  /** Jobs whose first failure somebody else retried or discarded before it was sent. */
  readonly lost = new Set<string>();
  receiptsLost = false;
  queue!: Queue;
  id = "";

  constructor(steps: readonly Step[][], how: "back" | "elsewhere") {
    this.#story = [...steps];
    this.to = how === "back" ? this.name : `later-${stories}`;
    this.workers = [...new Set([this.name, this.to])].map((name) => {
      const worker = new Worker(name, null, { connection: target.redis, autorun: false });
      return worker.on("error", () => {});
    });
  }

  async open(): Promise<void> {
    const jobs = Array.from({ length: JOBS }, (_, at) => ({ id: `job-${at}` }));
    this.queue = await failJobs(target, this.name, jobs);
    await shadow(target, source, this.key);
    await target.queue(this.to).waitUntilReady();
    const elsewhere = this.to !== this.name && { target: `bull:${this.to}` };
    const [redrive] = await startRedrive({ rate: 60, ...elsewhere });
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
    if (each.at === "pause" || each.at === "resume" || each.at === "cancel")
      await act(`redrives.${each.at}`, { id: this.id }).catch(refused);
    if (each.at === "wake") this.#frozen.shift()?.();
    if (each.at === "forget") await this.forget();
  }

  /** With its attempts reset, so that only the time tells one failure from the next. */
  async outsider(id: string): Promise<void> {
    const found = await this.queue.getJob(id);
    const before = (await retriesOf(target, this.key)).get(id) ?? 0;
    const done = await found?.retry("failed", { resetAttemptsMade: true }).then(
      () => true,
      () => false,
    );
    if (done) this.outsiders.set(id, (this.outsiders.get(id) ?? 0) + 1);
    if (done && before === 0) this.lost.add(id);
  }

  async discard(id: string): Promise<void> {
    const { rowCount } = await sql.query(
      `UPDATE deadletters_letter l SET state = 'discarded' FROM deadletters_queue q
       WHERE q.id = l.queue_id AND q.key = $1 AND l.job_id = $2 AND l.state = 'dead'`,
      [this.key, id],
    );
    if (rowCount === 1) this.lost.add(id);
  }

  async process(
    end: (job: NonNullable<Awaited<ReturnType<Worker["getNextJob"]>>>) => Promise<unknown>,
  ): Promise<void> {
    for (const worker of this.workers) {
      const taken = await worker.getNextJob(TOKEN, { block: false });
      if (taken) return void (await end(taken).catch(() => 0));
    }
  }

  /** The server evicts our receipts. */
  async forget(): Promise<void> {
    const receipts = await target.redis.keys(`bull:${this.to}:plumbline*`);
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
    await Promise.all(this.workers.map((worker) => worker.close()));
  }

  /** What this story broke: nothing, when all is well. */
  async breaches(): Promise<string[]> {
    await countedItems(this.id);
    await countedStates();
    const retries = await retriesOf(target, `bull:${this.to}`);
    const { state: ending } = await shown(this.id);
    const found = (await itemStates(this.id)).flatMap(({ job, score, state }) => {
      const others = this.outsiders.get(job) ?? 0;
      const copy = copyId({ queueKey: this.key, job, score });
      const ours =
        this.to === this.name ? (retries.get(job) ?? 0) - others : (retries.get(copy) ?? 0);
      const sent = state === "retried" || state === "moved";
      const unsure = state === "unknown" && this.receiptsLost;
      const right = unsure ? ours === 0 || ours === 1 : ours === (sent ? 1 : 0);
      const settled = state === "pending" ? ending === "cancelled" : state !== "claimed";
      const tooLate = ours > 0 && this.lost.has(job);
      return right && settled && !tooLate
        ? []
        : [`${job} is ${state} and was sent ${ours} times${tooLate ? ", too late" : ""}`];
    });
    return ending === "completed" || ending === "cancelled"
      ? found
      : [...found, `it ended ${ending}`];
  }
}

/** Tells a story from its beginning; returns what it broke. */
export async function tell(steps: readonly Step[][], how: "back" | "elsewhere"): Promise<string[]> {
  // What the one before left dead is not part of this one.
  await stage.clear();
  const world = new World(steps, how);
  await world.open();
  await world.tell();
  await world.settle();
  return world.breaches();
}

function refused(error: unknown): undefined {
  if (!isAppError(error)) throw error;
  return undefined;
}

async function itemStates(id: string): Promise<{ job: string; score: string; state: string }[]> {
  const { rows } = await sql.query<{ job: string; score: string; state: string }>(
    `SELECT l.job_id AS job, l.score, i.state FROM deadletters_redrive_item i JOIN deadletters_letter l ON l.id = i.letter_id
     WHERE i.redrive_id = $1 ORDER BY i.seq`,
    [id],
  );
  return rows;
}
