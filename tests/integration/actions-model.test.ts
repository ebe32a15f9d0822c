import fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { executeAbandonedRun, executeRun } from "#lib/actions/execute.ts";
import { type Failpoint, FAILPOINTS, setFailpointHook } from "#lib/actions/failpoint.ts";
import { submitAction, type Submission } from "#lib/actions/submit.ts";
import { isAppError } from "#lib/core/errors.ts";
import { sql } from "#lib/db/sql.ts";
import { breaches } from "./actions-checker.ts";
import {
  createWorld,
  faults,
  findTestAction,
  letLeasesEnd,
  newItem,
  settle,
  submission,
  type World,
} from "./actions-world.ts";

let world: World;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
afterEach(() => setFailpointHook(undefined));

/** What may happen, in any order. Numbers choose among what is there at that moment. */
type Step =
  | { do: "submit"; item: number }
  | { do: "submit again"; run: number }
  | { do: "work"; run: number; dieAt: Failpoint | null }
  | { do: "sweep"; dieAt: Failpoint | null }
  | { do: "time passes" }
  | { do: "the dead wake up" }
  | { do: "somebody else acts"; item: number }
  | { do: "the next answer is lost"; fault: "lost before" | "lost after" };

const some = fc.nat(5);
const death = fc.option(fc.constantFrom(...FAILPOINTS), { freq: 2 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("submit" as const), item: some }),
  fc.record({ do: fc.constant("submit again" as const), run: some }),
  fc.record({ do: fc.constant("work" as const), run: some, dieAt: death }),
  fc.record({ do: fc.constant("sweep" as const), dieAt: death }),
  fc.record({ do: fc.constant("time passes" as const) }),
  fc.record({ do: fc.constant("the dead wake up" as const) }),
  fc.record({ do: fc.constant("somebody else acts" as const), item: some }),
  fc.record({
    do: fc.constant("the next answer is lost" as const),
    fault: fc.constantFrom("lost before" as const, "lost after" as const),
  }),
);

/** One run of the story: what was asked so far, and where each run stood when last seen. */
class Story {
  readonly items: string[] = [];
  readonly submissions: Submission[] = [];
  readonly states = new Map<string, string>();
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  async take(step: Step): Promise<void> {
    if (step.do === "submit") return this.submit(step.item);
    if (step.do === "submit again") return this.submitAgain(step.run);
    if (step.do === "work") {
      const id = pick([...this.states.keys()], step.run);
      if (id) await untilDeath(step.dieAt, () => executeRun(id, world.context));
      return;
    }
    if (step.do === "sweep") {
      await untilDeath(step.dieAt, async () => (await executeAbandonedRun(world.context))?.done);
      return;
    }
    if (step.do === "time passes") return letLeasesEnd();
    if (step.do === "the dead wake up") return wakeTheDead();
    if (step.do === "the next answer is lost") return void faults.push(step.fault);
    const item = pick(this.items, step.item);
    if (item) await world.redis.incr(item);
  }

  async submit(choice: number): Promise<void> {
    if (this.items.length < 2) this.items.push(await newItem(world));
    const request = submission(pick(this.items, choice) as string, { name: this.name });
    this.submissions.push(request);
    const { body } = await submitAction(request, findTestAction);
    this.states.set(body.id, body.state);
  }

  /** The same key never makes a second run. */
  async submitAgain(choice: number): Promise<void> {
    const request = pick(this.submissions, choice);
    if (!request) return;
    try {
      const answer = await submitAction(request, findTestAction);
      if (!answer.replayed || !this.states.has(answer.body.id)) {
        throw new Error(`${answer.body.id} is a second run of one key`);
      }
    } catch (error) {
      if (!isAppError(error) || error.code !== "in_flight") throw error;
    }
  }

  /** Where a run may be seen next; several steps may lie between two looks. */
  async lookAtStates(): Promise<void> {
    const { rows } = await sql.query<{ id: string; state: string }>(
      "SELECT id, state FROM action_run WHERE id = ANY($1)",
      [[...this.states.keys()]],
    );
    for (const { id, state } of rows) {
      const before = this.states.get(id) as string;
      if (!LATER[before]?.includes(state)) throw new Error(`${id} went from ${before} to ${state}`);
      this.states.set(id, state);
    }
  }
}

const open = ["claimed", "executing", "in_doubt", "succeeded", "failed"];
const LATER: Record<string, string[]> = {
  queued: ["queued", ...open],
  claimed: open,
  executing: open.slice(1),
  in_doubt: open.slice(1),
  succeeded: ["succeeded"],
  failed: ["failed"],
};

const pick = <T>(list: readonly T[], choice: number): T | undefined => list[choice % list.length];

/** Workers that stopped in the middle: dead, for all the others can tell, or only frozen. */
let frozen: { wake: () => void; work: Promise<unknown> }[] = [];

/** Lets a worker work until it is done, or until it stops at that failpoint. */
async function untilDeath<T>(
  dieAt: Failpoint | null,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const stopped = Promise.withResolvers<undefined>();
  const woken = Promise.withResolvers<void>();
  setFailpointHook((name) => {
    if (name !== dieAt) return;
    stopped.resolve(undefined);
    // Whoever stops inside a transaction loses it: Postgres ends sessions that idle there.
    if (name === "finishing") throw Object.assign(new Error("rolled back"), { code: "lease_lost" });
    return woken.promise;
  });
  const working = work();
  const result = await Promise.race([working, stopped.promise]);
  setFailpointHook(undefined);
  frozen.push({ wake: woken.resolve, work: working });
  return result;
}

/** A paused virtual machine goes on where it stopped, long after everybody gave it up. */
async function wakeTheDead(): Promise<void> {
  const all = frozen;
  frozen = [];
  for (const { wake } of all) wake();
  await Promise.all(all.map(({ work }) => work));
}

/** What the last story broke. */
let found: string[] = [];

const story = (name: string) =>
  fc.asyncProperty(fc.array(anyStep, { minLength: 3, maxLength: 14 }), async (steps) => {
    const told = new Story(name);
    for (const next of steps) {
      await told.take(next);
      await told.lookAtStates();
    }
    await settle(world);
    await wakeTheDead();
    found = await breaches(world);
    expect(found).toEqual([]);
  });

test("whatever happens in whatever order, each intent ends with one effect or an explicit failure", async () => {
  await fc.assert(story("testing.retry"), { numRuns: 60, seed: 20261123, endOnFailure: true });
});

test("the check can fail: it catches an action that ignores its fence", async () => {
  const result = await fc.check(story("breakers.unfenced"), {
    numRuns: 60,
    seed: 20261123,
    endOnFailure: true,
  });
  expect(result.failed).toBe(true);
  expect(found.join()).toMatch(/had \d+ effects/);
});
