import { describe, expect, it } from "vitest";
import type { Selection } from "#lib/signals/deadletters/schema.ts";
import { incidentName, planProblem, type RedrivePlan, secondsToSend } from "./redrive-plan.ts";

const queue = (name: string, count: number, blockedBecause: string | null = null) => ({
  queue: { source: "s", sourceId: "0", key: `bull:${name}`, name, id: `s~bull:${name}` },
  count,
  blockedBecause,
  breaker: null,
});
const group = (message: string, count: number) => ({
  id: "1",
  errorClass: "Error",
  message,
  count,
});
const selection: Selection = {
  query: "",
  total: 300,
  tooMany: false,
  upTo: "9",
  queues: [queue("emails", 100), queue("webhooks", 200)],
  children: 0,
  groups: [group("rare", 1), group("connect ECONNREFUSED <addr>", 299)],
  oldest: null,
  newest: null,
  sample: [],
  complaints: [],
  note: null,
};
const plan: RedrivePlan = {
  name: "After the outage",
  rate: 100,
  canary: 10,
  stopPercent: 20,
  resetAttempts: false,
  target: "",
};
const NOW = new Date("2026-11-23T03:00:00Z");

describe("incidentName", () => {
  it("is the dominant error, the place and the day", () => {
    expect(incidentName(selection, NOW)).toBe(
      "Error: connect ECONNREFUSED <addr> · 2 queues · 2026-11-23",
    );
  });

  it("fits, whatever the error is", () => {
    const long = { ...selection, groups: [group("x\n".repeat(5_000), 1)] };
    const name = incidentName(long, NOW);
    expect(name.length).toBeLessThanOrEqual(120);
    expect(name).toMatch(/… · 2 queues · 2026-11-23$/);
  });
});

describe("planProblem", () => {
  it("has none with a sensible plan", () => {
    expect(planProblem(plan, selection)).toBeNull();
  });

  it.each([
    [{ rate: Number.NaN }, /per second/],
    [{ rate: 2_001 }, /per second/],
    [{ canary: 1.5 }, /canary/],
    [{ stopPercent: 101 }, /stop line/],
    [{ name: " " }, /name/],
  ])("refuses %j", (part, why) => {
    expect(planProblem({ ...plan, ...part }, selection)).toMatch(why);
  });

  it("names the queues that stand in the way", () => {
    const queues = [queue("emails", 1), queue("webhooks", 2, "Another redrive is under way.")];
    expect(planProblem(plan, { ...selection, queues })).toMatch(/webhooks/);
    expect(planProblem(plan, { ...selection, queues: queues.slice(1) })).toBe(
      "Another redrive is under way.",
    );
  });

  it("starts nothing from a search that was only half understood", () => {
    const complaints = [{ from: 0, to: 3, message: "unknown" }];
    expect(planProblem(plan, { ...selection, complaints })).toMatch(/not understood/);
  });
});

describe("secondsToSend", () => {
  it("is that of the fullest queue", () => {
    expect(secondsToSend(selection, 100)).toBe(2);
    expect(secondsToSend(selection, Number.NaN)).toBeNull();
  });
});
