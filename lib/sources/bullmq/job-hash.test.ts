import { describe, expect, test } from "vitest";
import { FACT_FIELDS, jobFacts, type JobOptions, jobOptions, waitingSince } from "./job-hash.ts";

const facts = (fields: Partial<Record<(typeof FACT_FIELDS)[number], string>>) =>
  jobFacts(FACT_FIELDS.map((name) => fields[name] ?? null));

test("a hash without any of the fields is no job", () => {
  expect(facts({})).toBeNull();
});

test.each([
  ["BullMQ 5 and 6", { timestamp: "1000", atm: "2" }],
  ["older versions", { timestamp: "1000", attemptsMade: "2" }],
])("attempts are read as %s write them", (_version, fields) => {
  expect(facts(fields)).toMatchObject({ attemptsMade: 2, addedAt: new Date(1000) });
});

test.each(["stc", "stalledCounter"] as const)("stalls are read from %s", (field) => {
  expect(facts({ timestamp: "1000", [field]: "2" })?.stalls).toBe(2);
});

test("numbers that are none are unknown, not 0", () => {
  expect(facts({ timestamp: "soon", ats: "many", processedOn: "" })).toMatchObject({
    addedAt: null,
    attemptsStarted: null,
    startedAt: null,
  });
});

describe("options", () => {
  test.each([
    ["nothing", undefined],
    ["an empty text", ""],
    ["not JSON", "{attempts: 3}"],
    ["a list", "[1]"],
    ["null", "null"],
  ])("are unknown when they are %s", (_what, text) => {
    expect(jobOptions(text)).toBeNull();
  });

  test.each([
    [true, { atOnce: true, keepCount: null, keepSeconds: null }],
    [false, null],
    [0, { atOnce: true, keepCount: 0, keepSeconds: null }],
    [5, { atOnce: false, keepCount: 5, keepSeconds: null }],
    [-1, null],
    [{ age: 60 }, { atOnce: false, keepCount: null, keepSeconds: 60 }],
    [{ count: 0 }, { atOnce: true, keepCount: 0, keepSeconds: null }],
    ["yes", null],
  ])("removeOnFail %j", (removeOnFail, expected) => {
    expect(jobOptions(JSON.stringify({ removeOnFail }))?.removeOnFail).toEqual(expected);
  });

  test.each([
    [{ backoff: 500 }, { type: "fixed", delayMs: 500, jitter: null }],
    [
      { backoff: { type: "exponential", delay: 10, jitter: 0.5 } },
      { type: "exponential", delayMs: 10, jitter: 0.5 },
    ],
    [{ backoff: { type: 7 } }, null],
    [{ backoff: null }, null],
  ])("%j", (options, expected) => {
    expect(jobOptions(JSON.stringify(options))?.backoff).toEqual(expected);
  });

  test("no attempts asked for is told as such", () => {
    expect(jobOptions('{"attempts":0}')?.attempts).toBeNull();
    expect(jobOptions('{"attempts":3}')?.attempts).toBe(3);
  });
});

describe("waiting since", () => {
  const options = (given: object): JobOptions | null => jobOptions(JSON.stringify(given));
  const since = (fields: Parameters<typeof facts>[0], given: object = {}) => {
    const known = facts({ timestamp: "1000", ...fields });
    const found = known && waitingSince(known, options(given), new Date(10_000));
    return found && [found.at.getTime(), found.estimated];
  };

  test("it was added", () => {
    expect(since({})).toEqual([1000, false]);
    expect(since({ timestamp: "10500" })).toEqual([10_500, false]);
  });

  test("its delay was over, as an estimate: somebody may have changed the delay", () => {
    expect(since({}, { delay: 500 })).toEqual([1500, true]);
  });

  test("is unknown when its delay or pause would not be over yet: somebody promoted it", () => {
    expect(since({}, { delay: 86_400_000 })).toBeNull();
    expect(since({ atm: "1", processedOn: "9000" }, { backoff: 5_000 })).toBeNull();
  });

  test("its last start and the pause after it, as an estimate, once it has failed", () => {
    const failed = { atm: "3", processedOn: "9000" };
    expect(since(failed)).toEqual([9000, true]);
    expect(since(failed, { backoff: 100 })).toEqual([9100, true]);
    expect(since(failed, { backoff: { type: "exponential", delay: 100 } })).toEqual([9400, true]);
  });

  test("is unknown when the pause is the worker's own code, or a retry by hand wiped the start", () => {
    expect(since({ atm: "1", processedOn: "9000" }, { backoff: { type: "mine" } })).toBeNull();
    expect(since({ atm: "1" })).toBeNull();
  });
});
