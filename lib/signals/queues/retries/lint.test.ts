import { describe, expect, test } from "vitest";
import { jobOptions } from "#lib/sources/bullmq/job-hash.ts";
import { lint, type LintInput } from "./lint.ts";
import type { PolicySeen } from "./policy.ts";

const now = new Date("2026-11-23T12:00:00Z");

const seen = (opts: object, name = "send", looks = 5): PolicySeen => {
  const options = jobOptions(JSON.stringify(opts));
  if (!options) throw new Error("no options");
  return { name, options, looks, jobId: "1", seenAt: now.toISOString() };
};

const quiet: LintInput = {
  policies: [],
  networkFailures: 0,
  failed: 0,
  lost: 0,
  failedKept: 0,
  workersKeepTotals: null,
  eviction: null,
};

const ids = (some: Partial<LintInput>) => lint({ ...quiet, ...some }).map(({ id }) => id);
const good = {
  attempts: 5,
  backoff: { type: "exponential", delay: 1_000, jitter: 1 },
  removeOnFail: { age: 86_400 },
};

describe("the lint", () => {
  test("has nothing to say about a good policy, or about nothing", () => {
    expect(ids({ policies: [seen(good)], workersKeepTotals: true })).toEqual([]);
    expect(ids({})).toEqual([]);
  });

  test.each([
    [{ ...good, backoff: { type: "exponential", delay: 1_000 } }, "no_jitter"],
    [{ ...good, backoff: { type: "fixed", delay: 1_000, jitter: 0 } }, "no_jitter"],
    [{ ...good, backoff: 500 }, "no_jitter"],
    [{ ...good, backoff: undefined }, "no_backoff"],
    [{ ...good, attempts: 14 }, "last_delay_uncapped"],
    [{ ...good, removeOnFail: true }, "discards_failures"],
    [{ ...good, removeOnFail: 10 }, "keeps_few_failures"],
    [{ ...good, removeOnFail: { count: 999, age: 86_400 } }, "keeps_few_failures"],
    [{ ...good, removeOnFail: { age: 60 } }, "keeps_few_failures"],
  ])("%j: %s", (opts, id) => {
    expect(ids({ policies: [seen(opts)] })).toEqual([id]);
  });

  test("says how many failures are kept, and for how long", () => {
    const kept = (removeOnFail: unknown) =>
      lint({ ...quiet, policies: [seen({ ...good, removeOnFail })] })[0]?.seen;
    expect(kept({ count: 10 })).toBe("the queue keeps the last 10 of its failures");
    expect(kept({ age: 60 })).toBe("the queue keeps all of its failures for 60 s");
    expect(kept({ count: 1_000, age: 60 })).toBe(
      "the queue keeps the last 1,000 of its failures for 60 s",
    );
  });

  test("strategies of the worker's own are not judged", () => {
    expect(ids({ policies: [seen({ ...good, backoff: { type: "mine" } })] })).toEqual([]);
  });

  test("one attempt matters where the network fails", () => {
    const policies = [seen({ attempts: 1, removeOnFail: { age: 3_600 } })];
    expect(ids({ policies })).toEqual([]);
    expect(ids({ policies, networkFailures: 3 })).toEqual(["no_retry_on_network_errors"]);
  });

  test("failures that nothing removes matter once there are many", () => {
    const policies = [seen({ ...good, removeOnFail: false })];
    expect(ids({ policies, failedKept: 999 })).toEqual([]);
    expect(ids({ policies, failedKept: 1_000 })).toEqual(["keeps_failures_for_ever"]);
  });

  test("servers that evict and workers without totals are told apart from jobs", () => {
    const found = lint({ ...quiet, eviction: "allkeys-lru", workersKeepTotals: false });
    expect(found).toEqual([
      {
        id: "evicts_jobs",
        severity: "risk",
        seen: "maxmemory-policy is allkeys-lru",
        sampled: null,
      },
      {
        id: "no_worker_metrics",
        severity: "info",
        seen: "no worker collects metrics",
        sampled: null,
      },
    ]);
  });

  test("failed jobs that left nothing behind are told, though none shows its options", () => {
    expect(ids({ failed: 40, lost: 2 })).toEqual([]);
    const [finding] = lint({ ...quiet, failed: 40, lost: 38 });
    expect(finding).toEqual({
      id: "discards_failures",
      severity: "risk",
      seen: "nothing is left of failed jobs: 38 of 40 in the last hour",
      sampled: null,
    });
  });

  test("says which jobs, and of how many looks", () => {
    const bad = { ...good, backoff: { type: "fixed", delay: 10 } };
    const policies = [seen(bad, "a", 2), seen(bad, "b", 3), seen(good, "c", 10)];
    const [finding] = lint({ ...quiet, policies });
    expect(finding).toMatchObject({
      seen: "fixed backoff without jitter",
      sampled: { names: ["a", "b"], looks: 5, of: 15 },
    });
  });
});
