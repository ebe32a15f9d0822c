import { expect, test } from "vitest";
import { nextRun } from "./scheduler-next.ts";

const none = {
  pattern: null,
  every: null,
  timeZone: null,
  startAt: null,
  endAt: null,
  offset: null,
};
const at = (text: string) => Date.parse(`2026-11-23T${text}Z`);

test("an interval keeps its place, and what passed is left out", () => {
  const every = { ...none, every: 60_000, offset: 15_000 };
  expect(nextRun(every, at("10:07:20"))).toBe(at("10:08:15"));
  expect(nextRun(every, at("10:07:10"))).toBe(at("10:07:15"));
  expect(nextRun(every, at("10:07:15"))).toBe(at("10:08:15"));
});

test("a pattern runs in its time zone", () => {
  const daily = { ...none, pattern: "0 3 * * *" };
  expect(nextRun(daily, at("10:00:00"))).toBe(Date.parse("2026-11-24T03:00:00Z"));
  expect(nextRun({ ...daily, timeZone: "Asia/Tokyo" }, at("10:00:00"))).toBe(at("18:00:00"));
});

test("a schedule that has not begun waits for its start, one that ended never runs", () => {
  const daily = { ...none, pattern: "0 3 * * *" };
  const start = Date.parse("2027-01-01T00:00:00Z");
  expect(nextRun({ ...daily, startAt: start }, at("10:00:00"))).toBe(start + 3 * 3_600_000);
  expect(nextRun({ ...daily, endAt: at("09:00:00") }, at("10:00:00"))).toBeNull();
  expect(nextRun({ ...daily, endAt: at("12:00:00") }, at("10:00:00"))).toBeNull();
});

test("what BullMQ itself cannot read has no next time", () => {
  expect(nextRun({ ...none, pattern: "FREQ=DAILY" }, at("10:00:00"))).toBeNull();
  expect(nextRun(none, at("10:00:00"))).toBeNull();
});
