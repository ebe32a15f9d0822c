import { expect, test } from "vitest";
import { FACT_FIELDS, jobFacts, jobOptions } from "#lib/sources/bullmq/job-hash.ts";
import { Lives } from "./lives.ts";
import { type SeenJob, tellUntold } from "./untold.ts";

const HOUR = 3_600_000;
const added: Record<string, string> = { timestamp: "1000", ats: "1" };

/** A job that was added at 1 s. */
function job(opts: object): SeenJob {
  const facts = jobFacts(FACT_FIELDS.map((field) => added[field] ?? null));
  if (!facts) throw new Error("no facts");
  const options = jobOptions(JSON.stringify(opts));
  return { id: "1", facts, options, reason: null, isParent: false };
}

/** The waits that are told of a job whose start is all that was seen of it. */
async function waitsOf(seen: SeenJob, startedAt: number): Promise<number[]> {
  const lives = new Lives([], () => 0);
  const event = { id: `${startedAt}-0`, name: "active", jobId: "1" };
  lives.visit({ ...event, prev: "waiting", failedReason: null });
  const { waits } = await tellUntold(() => Promise.resolve([seen]), lives);
  return waits.map(({ value }) => value);
}

test("a wait that the events do not tell runs from the end of the job's delay", async () => {
  expect(await waitsOf(job({}), 3_000)).toEqual([2_000]);
  expect(await waitsOf(job({ delay: HOUR }), HOUR + 1_500)).toEqual([500]);
});

test("a producer's clock that is ahead makes no wait negative", async () => {
  expect(await waitsOf(job({}), 900)).toEqual([0]);
});

test("a job that was promoted tells no wait: nobody knows since when it could run", async () => {
  expect(await waitsOf(job({ delay: HOUR }), 3_000)).toEqual([]);
});
