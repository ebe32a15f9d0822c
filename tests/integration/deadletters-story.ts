import { Queue, Worker } from "bullmq";
import fc from "fast-check";
// BullMQ exports no scripts; its version is pinned.
import { reprocessJob } from "bullmq/dist/esm/scripts/reprocessJob-9.js";
import { afterAll, beforeAll } from "vitest";
import { executeAbandonedRun, executeRun } from "#lib/actions/execute.ts";
import { actionByName } from "#lib/actions/index.ts";
import { isAppError } from "#lib/core/errors.ts";
import { sql } from "#lib/db/sql.ts";
import { retryKeys } from "#lib/sources/bullmq/job-acts.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { dead, dyingAfterEffect, losing, scripted } from "./deadletters-faults.ts";
import { addLetter, countedStates, storedLetter } from "./deadletters-letters.ts";
import { person, submit } from "./queues-acting.ts";
import { openTarget, QueueTarget } from "./queues-target.ts";

const TOKEN = "a worker's token";

let ground: Ground;
let target: QueueTarget;
export let source: OpenSource<"bullmq">;

/** Everything stories need, for all tests of a file. */
export function onStoryGround(): void {
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
}

/** BullMQ's own retry, and a mark behind it in the events: afterwards one can tell whose retry it was. */
const OUTSIDER = `
local function act()
${reprocessJob.content}
end
local code = act()
if code == 1 then redis.call("XADD", KEYS[2], "*", "event", "outsider") end
return code`;

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
export const story = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), {
  minLength: 2,
  maxLength: 8,
});

let stories = 0;

export class World {
  readonly name = `mails-${++stories}`;
  readonly key = `bull:${this.name}`;
  readonly queue: Queue;
  readonly worker: Worker;
  letter = "";
  runs: string[] = [];
  removed = false;

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
    if (each.at === "lose_request") await this.carryOut(losing(source, "request"));
    if (each.at === "lose_answer") await this.carryOut(losing(source, "answer"));
    if (each.at === "beaten") await this.carryOut(this.beatenByAnother());
    if (each.at === "die") await this.die();
    if (each.at === "recover") await recover();
    if (each.at === "outsider") await this.outsider();
    if (each.at === "fail") await this.fail();
    if (each.at === "remove") await this.remove();
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
    const dying = context(dyingAfterEffect(source));
    await Promise.race([executeRun(id, dying), dead()]).catch(() => {});
  }

  /** Just before our script arrives, another tool retries the job, which then fails just as before. */
  beatenByAnother(): OpenSource<"bullmq"> {
    return scripted(source, {
      before: async () => {
        await this.outsider();
        await this.fail();
      },
    });
  }

  /** With its attempts reset, so that only the time tells one failure from the next. */
  async outsider(): Promise<void> {
    const keys = retryKeys({ prefix: "bull", name: this.name }, "job-1");
    const args = ["job-1", "LPUSH", "failedReason", "failed", "1", "0"];
    await target.redis.eval(OUTSIDER, keys.length, ...keys, ...args);
  }

  async remove(): Promise<void> {
    const removed = await this.queue.remove("job-1").catch(() => 0);
    this.removed ||= removed === 1;
  }

  async fail(): Promise<void> {
    const job = await this.worker.getNextJob(TOKEN, { block: false });
    await job?.moveToFailed(new Error("no"), TOKEN, false).catch(() => {});
  }

  /** How often we sent the job back, how many copies of it there are, and what others did, as the target itself has it. */
  async effects(): Promise<Effects> {
    const events = await target.redis.xrange(`${this.key}:events`, "-", "+");
    const told = events.map(([, fields]) => fields.join());
    const back = told.flatMap((text, at) =>
      text.includes("waiting,jobId,job-1,prev,failed")
        ? [told[at + 1] === "event,outsider" ? "theirs" : "ours"]
        : [],
    );
    const copies = await target.redis.lrange("bull:elsewhere:wait", 0, -1);
    const mine = await Promise.all(
      copies.map((id) => target.redis.hget(`bull:elsewhere:${id}`, "data")),
    );
    const own = mine.filter((data) => data === JSON.stringify({ of: this.name }));
    return {
      retries: back.filter((whose) => whose === "ours").length,
      copies: own.length,
      theirs: back.filter((whose) => whose === "theirs").length,
      theirsFirst: back[0] === "theirs",
    };
  }

  /** What this story broke: nothing, when all is well. */
  async breaches(): Promise<string[]> {
    const { state } = await storedLetter(this.letter);
    const { retries, copies, theirs, theirsFirst } = await this.effects();
    const wanted = state === "retried" || state === "moved" ? 1 : 0;
    const found: [broken: boolean, what: string][] = [
      [retries + copies !== wanted, `${retries + copies} effects of a letter that is ${state}`],
      [copies !== (state === "moved" ? 1 : 0), `${copies} copies of a letter that is ${state}`],
      [retries > 0 && theirsFirst, "a later failure was retried"],
      [copies > 0 && theirs > 0 && !this.removed, "a later failure was moved"],
      [state === "claimed" || state === "unknown", `the letter stays ${state}`],
    ];
    await countedStates();
    return found.flatMap(([broken, what]) => (broken ? [what] : []));
  }

  async close(): Promise<void> {
    await this.worker.close();
    await this.queue.close();
  }
}

interface Effects {
  retries: number;
  copies: number;
  theirs: number;
  /** The failure that the letter is about was not ours any more. */
  theirsFirst: boolean;
}

/** Tells a story from its beginning; returns what it broke. */
export async function tell(groups: readonly (readonly Step[])[]): Promise<string[]> {
  const world = new World();
  await world.open();
  for (const group of groups) await Promise.all(group.map((each) => world.take(each)));
  await recover();
  const found = await world.breaches();
  await world.close();
  return found;
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
