import fc from "fast-check";
import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

/** Sends for `ms`, each round taking `roundMs(at)`; returns how many went out. */
function run(
  pace: Pace,
  clock: { now: number },
  ms: number,
  roundMs: (at: number) => number,
): number {
  const end = clock.now + ms;
  let sent = 0;
  while (clock.now < end) {
    sent += pace.take(100);
    clock.now += roundMs(clock.now) + pace.wait(100);
  }
  return sent;
}

test("keeps every rate to within a hundredth and a round, whatever a round costs below its share", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), fc.nat(40), (rate, cost) => {
      const clock = { now: 5 };
      const sent = run(new Pace(rate, () => clock.now), clock, 60_000, () => cost);
      expect(Math.abs(sent - rate * 60)).toBeLessThanOrEqual(rate * 0.6 + 100);
    }),
  );
});

test("after a standstill it makes up for a second, not for all of it", () => {
  const clock = { now: 0 };
  const pace = new Pace(100, () => clock.now);
  clock.now = 60_000;
  let burst = 0;
  for (let got = pace.take(100); got > 0; got = pace.take(100)) burst += got;
  expect(burst).toBe(100);
  expect(Math.abs(run(pace, clock, 10_000, () => 0) - 1_000)).toBeLessThanOrEqual(5);
});

test("a new rate holds from then on", () => {
  const clock = { now: 0 };
  const pace = new Pace(1_000, () => clock.now);
  expect(Math.abs(run(pace, clock, 5_000, () => 0) - 5_000)).toBeLessThanOrEqual(50);
  pace.setRate(10);
  const slow = run(pace, clock, 10_000, () => 0);
  // What was due before the change still went out at once.
  expect(slow).toBeGreaterThanOrEqual(98);
  expect(slow).toBeLessThanOrEqual(112);
});

test("what was not sent after all may be sent later", () => {
  const clock = { now: 0 };
  const pace = new Pace(100, () => clock.now);
  clock.now = 1_000;
  expect(pace.take(100)).toBe(100);
  expect(pace.take(100)).toBe(0);
  pace.giveBack(40);
  expect(pace.take(100)).toBe(40);
});
