import { Queue, Worker } from "bullmq";
import fc from "fast-check";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { executeAbandonedRun, executeRun } from "#lib/actions/execute.ts";
import { actionByName } from "#lib/actions/index.ts";
import { isAppError } from "#lib/core/errors.ts";
import { sql } from "#lib/db/sql.ts";
import { SourceError } from "#lib/sources/errors.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { addLetter, countedStates, storedLetter } from "./deadletters-letters.ts";
import { person, submit } from "./queues-acting.ts";
import { openTarget, QueueTarget } from "./queues-target.ts";

const TOKEN = "a worker's token";

let ground: Ground;
let target: QueueTarget;
let source: OpenSource<"bullmq">;

beforeAll(async () => {
  ground = await openGround();
  target = await QueueTarget.start();
  source = await openTarget(target.server.url);
  await new Queue("elsewhere", { connection: target.redis }).waitUntilReady();
});
afterAll(async () => {
  await source.conn.close();
  await target.stop();
  await ground.close();
});

/**
 * Everything that may happen around one dead letter, in any order and at once: people ask, workers of ours carry out, lose the
 * request or the answer or die, other tools retry and remove, and the job fails again.
 */
type Step =
  | { at: "ask"; what: "retry" | "move" | "discard" | "restore" }
  | {
      at:
        | "carry_out"
        | "lose_request"
        | "lose_answer"
        | "beaten"
        | "die"
        | "recover"
        | "outsider"
        | "fail"
        | "remove";
    };

const only = <At extends Step["at"]>(at: At) => fc.constant({ at } as Step);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .constantFrom("retry", "retry", "move", "discard", "restore")
      .map((what): Step => ({ at: "ask", what: what as "retry" })),
  },
  { weight: 4, arbitrary: only("carry_out") },
  { weight: 2, arbitrary: only("lose_request") },
  { weight: 3, arbitrary: only("lose_answer") },
  { weight: 3, arbitrary: only("beaten") },
  { weight: 3, arbitrary: only("die") },
  { weight: 3, arbitrary: only("recover") },
  { weight: 2, arbitrary: only("outsider") },
  { weight: 2, arbitrary: only("fail") },
  { weight: 1, arbitrary: only("remove") },
);
const story = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), {
  minLength: 2,
  maxLength: 8,
});

let stories = 0;

class World {
  readonly name = `mails-${++stories}`;
  readonly key = `bull:${this.name}`;
  readonly queue: Queue;
  readonly worker: Worker;
  letter = "";
  runs: string[] = [];
  outsiders = 0;

  constructor() {
    this.queue = new Queue(this.name, { connection: target.redis });
    this.worker = new Worker(this.name, null, { connection: target.redis, autorun: false });
    this.worker.on("error", () => {});
  }

  async open(): Promise<void> {
    await this.queue.add("send", { of: this.name }, { jobId: "job-1" });
    await this.fail();
    this.letter = await addLetter(target, source, { queue: this.key, job: "job-1" });
  }

  async take(each: Step): Promise<void> {
    if (each.at === "ask") await this.ask(each.what);
    if (each.at === "carry_out") await this.carryOut(source);
    if (each.at === "lose_request") await this.carryOut(losing("request"));
    if (each.at === "lose_answer") await this.carryOut(losing("answer"));
    if (each.at === "beaten") await this.carryOut(this.beatenByAnother());
    if (each.at === "die") await this.die();
    if (each.at === "recover") await recover();
    if (each.at === "outsider") await this.outsider();
    if (each.at === "fail") await this.fail();
    if (each.at === "remove") await this.queue.remove("job-1").catch(() => 0);
  }

  async ask(what: "retry" | "move" | "discard" | "restore"): Promise<void> {
    const input = {
      retry: { id: this.letter },
      move: { id: this.letter, target: "bull:elsewhere" },
      discard: { ids: [this.letter] },
      restore: { ids: [this.letter] },
    }[what];
    const run = await submit({
      actor: person("admin"),
      source,
      name: `deadletters.${what}`,
      input,
    }).catch(refused);
    if (run?.state === "queued") this.runs.push(run.id);
  }

  async carryOut(on: OpenSource): Promise<void> {
    await Promise.all(this.runs.map((id) => executeRun(id, context(on))));
  }

  /** The change reaches the target, and the worker does not live to write it down. */
  async die(): Promise<void> {
    const [id] = this.runs;
    const ends = sql.query<{ state: string }>("SELECT state FROM action_run WHERE id = $1", [id]);
    if (!id || (await ends).rows[0]?.state !== "queued") return;
    const dying = context(dyingAfterEffect());
    await Promise.race([executeRun(id, dying), dead()]).catch(() => {});
  }

  /** Just before our script arrives, another tool retries the job, which then fails just as before. */
  beatenByAnother(): OpenSource<"bullmq"> {
    return scripted({
      before: async () => {
        await this.outsider();
        await this.fail();
      },
    });
  }

  /** With its attempts reset, so that only the time tells one failure from the next. */
  async outsider(): Promise<void> {
    const job = await this.queue.getJob("job-1");
    await job?.retry("failed", { resetAttemptsMade: true }).then(
      () => (this.outsiders += 1),
      () => 0,
    );
  }

  async fail(): Promise<void> {
    const job = await this.worker.getNextJob(TOKEN, { block: false });
    await job?.moveToFailed(new Error("no"), TOKEN, false).catch(() => {});
  }

  /** How often the job went back in line, and how many copies of it there are, as the target itself has them. */
  async effects(): Promise<{ retries: number; copies: number }> {
    const events = await target.redis.xrange(`${this.key}:events`, "-", "+");
    const back = events.filter(([, fields]) =>
      fields.join().includes("waiting,jobId,job-1,prev,failed"),
    );
    const copies = await target.redis.lrange("bull:elsewhere:wait", 0, -1);
    const mine = await Promise.all(
      copies.map((id) => target.redis.hget(`bull:elsewhere:${id}`, "data")),
    );
    const own = mine.filter((data) => data === JSON.stringify({ of: this.name }));
    return { retries: back.length - this.outsiders, copies: own.length };
  }

  async close(): Promise<void> {
    await this.worker.close();
    await this.queue.close();
  }
}

const context = (on: OpenSource) => ({
  openSource: () => Promise.resolve(on),
  findAction: actionByName,
});

/** A refusal is an answer; anything else is a fault of ours. */
function refused(error: unknown): undefined {
  if (!isAppError(error) || error.code === "internal") throw error;
  return undefined;
}

/** The first script sent is lost on its way, or its answer is. */
function losing(what: "request" | "answer"): OpenSource<"bullmq"> {
  let lost = false;
  const lose = (): void => {
    if (lost) return;
    lost = true;
    throw new SourceError("timeout", `The ${what} was lost.`);
  };
  return scripted({
    before: () => (what === "request" ? lose() : undefined),
    after: () => (what === "answer" ? lose() : undefined),
  });
}

let deaths: (() => void)[] = [];
const dead = (): Promise<void> => new Promise((resolve) => deaths.push(resolve));

/** The target does what it is told; then the worker is dead and does nothing more. */
function dyingAfterEffect(): OpenSource<"bullmq"> {
  return scripted({
    after: async () => {
      await sql.query(
        "UPDATE action_run SET lease_token = NULL, lease_until = now() WHERE lease_token IS NOT NULL",
      );
      for (const die of deaths) die();
      deaths = [];
      return new Promise<never>(() => {});
    },
  });
}

/** The source, with something happening around every script that is sent to it. */
function scripted(around: {
  before?: () => Promise<void> | void;
  after?: () => Promise<void> | void;
}): OpenSource<"bullmq"> {
  const conn = Object.create(source.conn) as typeof source.conn;
  const sending = (real: Redis): Redis =>
    new Proxy(real, {
      get(redis, name) {
        const value: unknown = Reflect.get(redis, name, redis);
        if (typeof value !== "function") return value;
        if (name !== "eval") return value.bind(redis);
        return async (...given: unknown[]) => {
          await around.before?.();
          const answer: unknown = await Reflect.apply(value, redis, given);
          await around.after?.();
          return answer;
        };
      },
    });
  Object.defineProperty(conn, "run", {
    value: (work: (redis: Redis) => Promise<unknown>) =>
      source.conn.run((redis) => work(sending(redis))),
  });
  return { ...source, conn };
}

/** What the sweeper does, without its pauses: whatever nobody works on is taken up until nothing is left. */
async function recover(): Promise<void> {
  for (;;) {
    await sql.query(
      "UPDATE action_run SET lease_until = now() - interval '1 s' WHERE finished_at IS NULL AND lease_token IS NULL",
    );
    await sql.query(
      "UPDATE action_run SET created_at = now() - interval '1 min' WHERE state = 'queued'",
    );
    const run = await executeAbandonedRun(context(source));
    if (!run) return;
    await run.done;
  }
}

test("one failure has one effect, whoever asks and whatever breaks, and its letter says truly what became of it", async () => {
  await fc.assert(
    fc.asyncProperty(story, async (groups) => {
      const world = new World();
      await world.open();
      for (const group of groups) await Promise.all(group.map((each) => world.take(each)));
      await recover();
      const { state } = await storedLetter(world.letter);
      const { retries, copies } = await world.effects();
      expect(retries + copies).toBe(["retried", "moved"].includes(state) ? 1 : 0);
      expect(copies).toBe(state === "moved" ? 1 : 0);
      expect(["claimed", "unknown"]).not.toContain(state);
      await countedStates();
      await world.close();
    }),
    { numRuns: 60 },
  );
});

test("ten people at the same moment: one effect", async () => {
  const world = new World();
  await world.open();
  await Promise.all(Array.from({ length: 10 }, () => world.ask("retry")));
  expect(world.runs).toHaveLength(1);
  await Promise.all(Array.from({ length: 10 }, () => world.carryOut(source)));
  expect(await world.effects()).toEqual({ retries: 1, copies: 0 });
  await world.close();
});

test.each(["retry", "move"] as const)(
  "%s: another tool is faster at the last moment, and the job fails just as before: that newer failure is left alone",
  async (what) => {
    const world = new World();
    await world.open();
    await world.ask(what);
    await world.carryOut(world.beatenByAnother());
    expect(await world.effects()).toEqual({ retries: 0, copies: 0 });
    expect(await world.queue.getFailedCount()).toBe(1);
    expect(await storedLetter(world.letter)).toMatchObject({ state: "superseded" });
    await world.close();
  },
);
