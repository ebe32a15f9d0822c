import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { QueueEvent } from "#lib/sources/bullmq/event-stream.ts";
import { Lives, type OpenJob } from "./lives.ts";

type Told = [at: number, name: string, job: string, more?: Partial<QueueEvent>];

function follow(events: readonly Told[], carried: readonly OpenJob[] = []): Lives {
  const lives = new Lives(carried, () => 0);
  events.forEach(([at, name, jobId, more], order) =>
    lives.visit({ id: `${at}-${order}`, name, jobId, prev: null, failedReason: null, ...more }),
  );
  return lives;
}

const ACTIVE = { prev: "active" };

describe("one job", () => {
  test("waits from when it could run, and works until it ends", () => {
    const lives = follow([
      [0, "added", "1"],
      [0, "waiting", "1"],
      [40, "active", "1"],
      [140, "completed", "1", ACTIVE],
    ]);
    expect(lives).toMatchObject({ asked: 1, first: 1, again: 0, completed: 1, retries: 0 });
    expect([lives.waits, lives.runs]).toEqual([[40], [100]]);
    expect(lives.carry()).toEqual([]);
  });

  test("that is delayed on purpose waits from the end of its delay, and is no retry", () => {
    const lives = follow([
      [0, "added", "1"],
      [0, "delayed", "1"],
      [5, "delayed", "1"],
      [1_000, "waiting", "1", { prev: "delayed" }],
      [1_030, "active", "1"],
    ]);
    expect(lives).toMatchObject({ asked: 1, first: 1, again: 0, retries: 0 });
    expect(lives.waits).toEqual([30]);
  });

  test("that fails and comes back, with and without a pause, is retried twice", () => {
    const lives = follow([
      [0, "added", "1"],
      [0, "waiting", "1"],
      [10, "active", "1"],
      [20, "delayed", "1"],
      [120, "waiting", "1", { prev: "delayed" }],
      [121, "active", "1"],
      [131, "waiting", "1", ACTIVE],
      [133, "active", "1"],
      [134, "failed", "1", { ...ACTIVE, failedReason: "no" }],
    ]);
    expect(lives).toMatchObject({ asked: 1, first: 1, again: 2, retries: 2, failedAttempts: 1 });
    expect(lives.waits).toEqual([10, 1, 2]);
    expect(lives.runs).toEqual([10, 10, 1]);
    expect(lives.reasons).toEqual(["no"]);
  });

  test("that lost its worker stalled: that was neither a retry nor a run", () => {
    const lives = follow([
      [0, "added", "1"],
      [0, "waiting", "1"],
      [1, "active", "1"],
      [30_000, "waiting", "1", ACTIVE],
      [30_000, "stalled", "1"],
      [30_001, "active", "1"],
    ]);
    expect(lives).toMatchObject({ retries: 0, stalls: 1, first: 1, again: 1 });
    expect(lives.runs).toEqual([Number.NaN]);
    expect(lives.returns.count).toBe(0);
  });

  test("that somebody retries by hand is asked for once more", () => {
    const lives = follow([
      [0, "waiting", "1", { prev: "failed" }],
      [7, "active", "1"],
    ]);
    expect(lives).toMatchObject({ asked: 1, first: 1, again: 0, retries: 0 });
  });

  test("that goes on after its children is one attempt", () => {
    const lives = follow([
      [0, "added", "1"],
      [0, "waiting", "1"],
      [1, "active", "1"],
      [2, "waiting-children", "1", ACTIVE],
      [90, "waiting", "1", { prev: "waiting-children" }],
      [91, "active", "1"],
      [95, "completed", "1", ACTIVE],
    ]);
    expect(lives).toMatchObject({ first: 1, again: 0, retries: 0, completed: 1 });
  });

  test("that failed because of its children had no attempt", () => {
    const lives = follow([
      [0, "added", "1"],
      [9, "failed", "1", { prev: "waiting-children", failedReason: "child failed" }],
    ]);
    expect(lives).toMatchObject({ failed: 1, failedAttempts: 0 });
  });
});

describe("jobs that do not stand in line yet are not asked for", () => {
  const scheduled = Array.from({ length: 1_000 }, (_, at): Told[] => [
    [at, "added", `s${at}`],
    [at, "delayed", `s${at}`],
  ]).flat();

  test("reminders for tomorrow do not hide what is tried again and again today", () => {
    const lives = follow([...scheduled, [1_000, "delayed", "s7"], [1_001, "added", "1"]]);
    expect(lives.asked).toBe(1);
  });

  test("a delayed job is, once its time has come", () => {
    const lives = follow([...scheduled, [2_000, "waiting", "s7", { prev: "delayed" }]]);
    expect(lives.asked).toBe(1);
  });

  test("a parent is, once its children are done; one that goes on afterwards was before", () => {
    const parked: Told[] = [
      [0, "added", "1"],
      [0, "waiting-children", "1"],
    ];
    expect(follow(parked).asked).toBe(0);
    const ready: Told = [9, "waiting", "1", { prev: "waiting-children" }];
    expect(follow([...parked, ready]).asked).toBe(1);
    const begun: Told[] = [...parked, ready, [10, "active", "1"]];
    const again: Told[] = [
      [11, "waiting-children", "1", ACTIVE],
      [19, "waiting", "1", { prev: "waiting-children" }],
    ];
    expect(follow([...begun, ...again]).asked).toBe(1);
  });
});

test("a job is followed from one look to the next", () => {
  const before = follow([
    [0, "added", "slow"],
    [0, "waiting", "slow"],
    [5, "active", "slow"],
    [6, "added", "late"],
    [6, "waiting", "late"],
  ]);
  const carried = before.carry();
  expect(carried).toEqual([
    ["slow", "active", 5, "first"],
    ["late", "ready", 6, "first"],
  ]);
  const after = follow(
    [
      [15_005, "delayed", "slow"],
      [15_006, "active", "late"],
    ],
    carried,
  );
  expect(after).toMatchObject({ retries: 1, first: 1 });
  expect([after.waits, after.runs]).toEqual([[15_000], [15_000]]);
});

test("what began before anybody looked is left to the jobs themselves", () => {
  const lives = follow([
    [5, "active", "1"],
    [9, "completed", "2", ACTIVE],
    [9, "delayed", "3"],
  ]);
  expect(lives).toMatchObject({ first: 0, again: 0, retries: 0, completed: 1 });
  expect([lives.waits, lives.runs]).toEqual([[], []]);
  expect(lives.starts.sample).toEqual([{ id: "1", at: 5, timed: false }]);
  expect(lives.ends.sample.map(({ id }) => id)).toEqual(["2"]);
});

test("jobs at work are carried before those that wait, and long names not at all", () => {
  const events = Array.from({ length: 300 }, (_, at): Told[] => [
    [at, "added", `w${at}`],
    [at, "waiting", `w${at}`],
  ]);
  const long = "x".repeat(200);
  const lives = follow([...events.flat(), [400, "active", "busy"], [400, "active", long]]);
  const carried = lives.carry();
  expect(carried).toHaveLength(200);
  expect(carried.slice(0, 2).map(([id]) => id)).toEqual(["busy", "w0"]);
});

test("however many are at work, those that wait longest are carried too", () => {
  const busy = Array.from({ length: 300 }, (_, at): Told => [at, "active", `b${at}`]);
  const waiting = Array.from({ length: 30 }, (_, at): Told => [400 + at, "waiting", `w${at}`]);
  const carried = follow([...busy, ...waiting]).carry();
  expect(carried).toHaveLength(200);
  expect(carried.slice(-20).map(([id]) => id)).toEqual(
    Array.from({ length: 20 }, (_, at) => `w${at}`),
  );
});

/** What BullMQ may write about one job, from its addition to its end. */
const story = fc
  .record({
    delay: fc.option(fc.integer({ min: 1, max: 5_000 }), { nil: 0 }),
    attempts: fc.array(
      fc.record({
        wait: fc.nat(5_000),
        run: fc.nat(5_000),
        pause: fc.nat(5_000),
        stalls: fc.boolean(),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    ends: fc.constantFrom("completed", "failed"),
  })
  .map(({ delay, attempts, ends }) => ({ delay, attempts, ends }));

test("any mix of jobs, cut into looks anywhere, counts every attempt once and every time exactly", () => {
  const stories = fc.array(story, { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(stories, fc.array(fc.nat(80), { maxLength: 4 }), (jobs, cuts) => {
      const events = jobs
        .flatMap((job, at) => tell(String(at), job))
        .toSorted((a, b) => a[0] - b[0]);
      const ends = [...cuts.filter((cut) => cut < events.length), events.length].toSorted(
        (a, b) => a - b,
      );
      let carried: OpenJob[] = [];
      let from = 0;
      let askedFor = 0;
      const looks = ends.map((end) => {
        while (isWithinStep(events, end)) end += 1;
        const seen = events.slice(from, end);
        askedFor += cameInLine(seen);
        const lives = follow(seen, carried);
        [from, carried] = [Math.max(end, from), lives.carry()];
        return lives;
      });
      const total = (pick: (lives: Lives) => number) =>
        looks.reduce((sum, each) => sum + pick(each), 0);
      const attempts = jobs.flatMap((job) => job.attempts);
      const again = jobs.reduce((sum, job) => sum + job.attempts.length - 1, 0);
      const stalls = jobs.reduce(
        (sum, job) => sum + job.attempts.slice(0, -1).filter((one) => one.stalls).length,
        0,
      );
      expect(total(({ asked }) => asked)).toBe(askedFor);
      expect(total(({ completed, failed }) => completed + failed)).toBe(jobs.length);
      // A pause that a look ends in is told by the job itself.
      expect(total(({ first, again: more, starts }) => first + more + starts.count)).toBe(
        attempts.length,
      );
      expect(total(({ first }) => first)).toBeLessThanOrEqual(jobs.length);
      expect(total(({ again: more }) => more)).toBeLessThanOrEqual(again);
      expect(total((each) => each.stalls)).toBe(stalls);
      expect(total(({ retries }) => retries)).toBe(again - stalls);
      const waits = looks.flatMap((each) => each.waits).toSorted((a, b) => a - b);
      expect(waits).toEqual(attempts.map(({ wait }) => wait).toSorted((a, b) => a - b));
    }),
    { numRuns: 300 },
  );
});

/** What is written in one step is never cut by a look: an addition with what it is put into, a stall's two entries. */
function isWithinStep(events: readonly Told[], end: number): boolean {
  const [before, after] = [events[end - 1]?.[1], events[end]?.[1]];
  return after === "stalled" || (before === "added" && after !== undefined);
}

/** Jobs whose addition and first place in line one look sees. */
function cameInLine(seen: readonly Told[]): number {
  const added = new Set(seen.flatMap(([, name, id]) => (name === "added" ? [id] : [])));
  const inLine = seen.flatMap(([, name, id]) => (name === "waiting" && added.has(id) ? [id] : []));
  return new Set(inLine).size;
}

function tell(
  id: string,
  job: {
    delay: number;
    attempts: { wait: number; run: number; pause: number; stalls: boolean }[];
    ends: string;
  },
): Told[] {
  const told: Told[] = [[0, "added", id]];
  let at = job.delay;
  if (job.delay > 0) told.push([0, "delayed", id], [at, "waiting", id, { prev: "delayed" }]);
  else told.push([0, "waiting", id]);
  job.attempts.forEach((attempt, number) => {
    at += attempt.wait;
    told.push([at, "active", id]);
    at += attempt.run;
    if (number === job.attempts.length - 1) told.push([at, job.ends, id, ACTIVE]);
    else if (attempt.stalls) told.push([at, "waiting", id, ACTIVE], [at, "stalled", id]);
    else {
      told.push([at, "delayed", id]);
      at += attempt.pause;
      told.push([at, "waiting", id, { prev: "delayed" }]);
    }
  });
  return told;
}
