import { describe, expect, test } from "vitest";
import { jobOptions } from "#lib/sources/bullmq/job-hash.ts";
import { mergePolicies } from "./policy.ts";

const now = new Date("2026-11-23T12:00:00Z");

const good = {
  attempts: 5,
  backoff: { type: "exponential", delay: 1_000, jitter: 1 },
  removeOnFail: { age: 86_400 },
};

describe("options that were seen", () => {
  const job = (id: string, opts: object = good) => {
    const options = jobOptions(JSON.stringify(opts));
    if (!options) throw new Error("no options");
    return { id, name: "send", options };
  };

  test("are kept by name and kind; one job counts once in a row, and its delay does not matter", () => {
    const once = mergePolicies([], [job("1"), job("1"), job("2", { ...good, delay: 50 })], now);
    expect(once).toEqual([expect.objectContaining({ name: "send", looks: 2, jobId: "2" })]);
  });

  test("are forgotten after a day", () => {
    const before = mergePolicies([], [job("1")], now);
    const later = new Date(now.getTime() + 25 * 3_600_000);
    const other = { ...good, attempts: 2 };
    expect(mergePolicies(before, [job("9", other)], later)).toHaveLength(1);
  });

  test("are bounded", () => {
    const many = Array.from({ length: 50 }, (_, at) =>
      job(String(at), { ...good, attempts: at + 1 }),
    );
    expect(mergePolicies([], many, now)).toHaveLength(12);
  });
});
