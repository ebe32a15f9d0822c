import { describe, expect, it } from "vitest";
import { freshness } from "./freshness.ts";

const now = new Date("2026-11-23T12:00:00Z");
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1_000).toISOString();

describe("freshness", () => {
  it.each([
    [3, "exact", "ok", "3s ago", false],
    [30, "exact", "ok", "30s ago", false],
    [31, "exact", "warn", "stale, 31s old", true],
    [100, "exact", "warn", "stale, 1m old", true],
    [101, "exact", "crit", "blind for 1m", true],
    [3, "estimated", "neutral", "estimated, 3s ago", false],
    [3, "stale", "warn", "stale, 3s old", true],
    [3, "unknown", "crit", "blind for 3s", true],
  ] as const)("%i s old and %s at 10 s is %s", (age, quality, tone, label, degraded) => {
    expect(freshness({ observedAt: ago(age), quality, intervalSeconds: 10 }, now)).toEqual({
      tone,
      label,
      degraded,
    });
  });

  it("says so when nobody ever looked", () => {
    expect(
      freshness({ observedAt: null, quality: "unknown", intervalSeconds: 10 }, now),
    ).toMatchObject({ tone: "unknown", label: "never observed", degraded: true });
  });

  it("judges by a minute where no interval is given", () => {
    expect(freshness({ observedAt: ago(170), quality: "exact" }, now).degraded).toBe(false);
    expect(freshness({ observedAt: ago(190), quality: "exact" }, now).degraded).toBe(true);
  });
});
