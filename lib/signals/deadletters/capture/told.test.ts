import fc from "fast-check";
import { expect, test } from "vitest";
import type { QueueEvent } from "#lib/sources/bullmq/event-stream.ts";
import { listen, type Told } from "./told.ts";

let sequence = 0;
const event = (name: string, jobId: string | null, more: Partial<QueueEvent> = {}): QueueEvent => ({
  id: `1732377600000-${(sequence += 1)}`,
  name,
  jobId,
  prev: null,
  failedReason: null,
  ...more,
});
const failed = (jobId: string) => event("failed", jobId, { prev: "active", failedReason: "no" });
const retried = (jobId: string) => event("waiting", jobId, { prev: "failed" });

function hear(...events: QueueEvent[]): Told {
  const { told, hear: hearOne } = listen();
  for (const one of events) hearOne(one);
  return told;
}

test.each([
  ["nothing", [], null],
  ["a retry by hand", [retried("1")], "retried"],
  ["a new job of the same id", [event("added", "1")], "added"],
  ["another failure", [failed("1")], "failed"],
  ["a retry and another failure", [retried("1"), failed("1")], "retried"],
  ["what happens to another job", [failed("2"), retried("2"), event("added", "3")], null],
  ["an automatic retry", [event("waiting", "1", { prev: "active" })], null],
] as const)("after a failure comes %s", (_what, events, next) => {
  expect(hear(failed("1"), ...events).failures[0]).toMatchObject({ jobId: "1", next });
});

test("attempts are told by the event that follows; completions and retries are told by job", () => {
  const told = hear(
    failed("1"),
    event("retries-exhausted", "1", { attemptsMade: 3 }),
    retried("1"),
    event("completed", "1"),
    event("completed", null),
  );
  expect(told.failures).toMatchObject([{ jobId: "1", attempts: 3, reason: "no", next: "retried" }]);
  expect([...told.retried]).toEqual(["1"]);
  expect([...told.completed]).toEqual([["1", 1_732_377_600_000]]);
});

test("ids that cannot be stored are passed over", () => {
  expect(hear(failed("a\0b"), failed("x".repeat(2_000))).failures).toEqual([]);
});

const anyEvent = fc.tuple(
  fc.constantFrom("failed", "added", "waiting", "completed", "active", "retries-exhausted", ""),
  fc.constantFrom("1", "2", "3", null),
  fc.constantFrom("failed", "active", null),
);

test("in any story every failure is told once, in its order, and only the last of a job may have nothing behind it", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 30 }), (story) => {
      const events = story.map(([name, jobId, prev]) => event(name, jobId, { prev }));
      const told = hear(...events);
      const failures = events.filter(({ name, jobId }) => name === "failed" && jobId !== null);
      expect(told.failures.map(({ eventId }) => eventId)).toEqual(failures.map(({ id }) => id));
      const open = told.failures.filter(({ next }) => next === null).map(({ jobId }) => jobId);
      expect(new Set(open).size).toBe(open.length);
    }),
  );
});
