import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { log } from "#lib/core/log.ts";
import { MINUTE } from "#lib/core/time.ts";
import { healthOf } from "./health.ts";
import { type Loop, startLoop } from "./loop.ts";

beforeEach(() => {
  vi.useFakeTimers();
  log.level = "silent";
});
afterEach(() => vi.useRealTimers());

describe("a loop", () => {
  test("repeats, never overlaps, and stops after the round under way", async () => {
    let running = 0;
    let rounds = 0;
    const loop = startLoop("test", 1_000, async () => {
      running += 1;
      rounds += 1;
      expect(running).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      running -= 1;
    });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(rounds).toBe(4);
    const stopped = loop.stop();
    await vi.advanceTimersByTimeAsync(5_000);
    await stopped;
    expect(running).toBe(0);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(rounds).toBe(4);
  });

  test("goes on after a failure, sooner than usual, and says only once that it fails", async () => {
    const told = vi.spyOn(log, "error");
    let rounds = 0;
    const loop = startLoop("test", 5 * MINUTE, async () => {
      rounds += 1;
      if (rounds < 5) throw new Error("down");
    });
    await vi.advanceTimersByTimeAsync(15_000);
    expect(rounds).toBe(5);
    expect(told).toHaveBeenCalledTimes(1);
    expect(loop.lastGood()).not.toBeNull();
    await loop.stop();
  });
});

describe("health", () => {
  const start = new Date("2026-01-01T00:00:00Z");
  const after = (ms: number): Date => new Date(start.getTime() + ms);
  const loop = (lastGood: Date | null, lastEnd: Date | null): Loop => ({
    name: "l",
    everyMs: 2_000,
    lastGood: () => lastGood,
    lastEnd: () => lastEnd,
    stop: () => Promise.resolve(),
  });

  test("a loop that hangs makes the process ill; one that fails does not", () => {
    const now = after(10 * MINUTE);
    expect(healthOf([loop(now, now)], start, now)).toEqual({
      ok: true,
      loops: { l: now.toISOString() },
    });
    expect(healthOf([loop(null, now)], start, now)).toMatchObject({ ok: true, loops: { l: null } });
    expect(healthOf([loop(start, start)], start, now).ok).toBe(false);
    expect(healthOf([loop(null, null)], start, after(MINUTE)).ok).toBe(true);
  });
});
