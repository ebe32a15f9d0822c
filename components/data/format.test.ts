import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  UNKNOWN,
  ageSeconds,
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatInteger,
  formatPercent,
  formatRate,
  formatTime,
  formatUtc,
  plural,
} from "./format.ts";

describe("what is not known", () => {
  it.each([
    formatInteger,
    formatCount,
    formatBytes,
    formatDuration,
    formatPercent,
    formatRate,
    formatAge,
  ])("%o never shows a zero for it", (format) => {
    expect(format(null)).toBe(UNKNOWN);
    expect(format(undefined)).toBe(UNKNOWN);
    expect(format(Number.NaN)).toBe(UNKNOWN);
  });
  it("holds for times", () => {
    expect(formatUtc("not a time")).toBe(UNKNOWN);
    expect(formatTime(null, new Date())).toBe(UNKNOWN);
    expect(ageSeconds("not a time", new Date())).toBeNull();
  });
});

describe("numbers", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [999.6, "1k"],
    [1_204, "1.2k"],
    [34_510_000, "34.5M"],
    [-1_500, "-1.5k"],
  ])("counts %d as %s", (value, text) => expect(formatCount(value)).toBe(text));

  it.each([
    [0, "0 B"],
    [512, "512 B"],
    [1_010, "1,010 B"],
    [1_536, "1.5 KiB"],
    [1_048_575, "1 MiB"],
    [34.2 * 1024 ** 3, "34.2 GiB"],
  ])("sizes %d as %s", (value, text) => expect(formatBytes(value)).toBe(text));

  it("keeps 64-bit integers exact", () => {
    expect(formatInteger(9_007_199_254_740_993n)).toBe("9,007,199,254,740,993");
  });

  it.each([
    [0, "0%"],
    [0.0004, "<0.1%"],
    [0.031, "3.1%"],
    [0.42, "42%"],
    [0.9942, "99.42%"],
    [0.999999, ">99.99%"],
    [1, "100%"],
  ])("shares %d as %s", (value, text) => expect(formatPercent(value)).toBe(text));

  it.each([
    [0, "0/s"],
    [12.34, "12.3/s"],
    [0.05, "3/min"],
    [0.0005, "1.8/h"],
  ])("rates %d as %s", (value, text) => expect(formatRate(value)).toBe(text));

  it("never reads as none or all when it is neither", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true }), (ratio) => {
        expect(["0%", "100%"]).not.toContain(formatPercent(ratio));
      }),
    );
  });
});

describe("durations and ages", () => {
  it.each([
    [0, "0 ms"],
    [0.0004, "<0.001 ms"],
    [3.456, "3.46 ms"],
    [999.7, "1 s"],
    [2_410, "2.41 s"],
    [59_960, "1m 00s"],
    [192_000, "3m 12s"],
    [18_240_000, "5h 04m"],
    [266_400_000, "3d 2h"],
    [-1_500, "-1.5 s"],
  ])("writes %d ms as %s", (value, text) => expect(formatDuration(value)).toBe(text));

  it.each([
    [0, "0s"],
    [59.9, "59s"],
    [420, "7m"],
    [10_800, "3h"],
    [172_800, "2d"],
  ])("writes an age of %d s as %s", (value, text) => expect(formatAge(value)).toBe(text));

  it("takes a clock that is ahead for now", () => {
    expect(ageSeconds("2026-11-23T10:00:05Z", new Date("2026-11-23T10:00:00Z"))).toBe(0);
  });

  it("never shows a full minute, hour or day as its parts", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e10, noNaN: true }), (ms) => {
        expect(formatDuration(ms)).not.toMatch(/NaN|Infinity|60s|60m|24h/);
      }),
    );
  });
});

describe("words", () => {
  it("agrees in number", () => {
    expect(plural(1, "query", "queries")).toBe("1 query");
    expect(plural(12_000, "query", "queries")).toBe("12,000 queries");
    expect(plural(0, "job")).toBe("0 jobs");
  });
  it("names the zone where it copies a time", () => {
    expect(formatUtc("2026-11-23T14:02:11.900Z")).toBe("2026-11-23 14:02:11 UTC");
  });
});
