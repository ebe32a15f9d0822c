import { expect, test } from "vitest";
import type { EventCounts } from "./events.ts";
import { readFinished } from "./finished.ts";
import type { OpenJob } from "./lives.ts";

const MINUTE = 60_000;
const counts = {
  paused: 0,
  prioritized: 1,
  active: 1,
  delayed: 0,
  "waiting-children": 0,
  completed: 0,
  failed: 0,
};
const busy: OpenJob = ["busy", "active", 0, "first"];
const fresh: OpenJob = ["fresh", "ready", 10 * MINUTE, "first"];
const old = (id: string): OpenJob => [id, "ready", MINUTE, "first"];

/** Which jobs are followed on while so many wait. */
async function followed(open: OpenJob[], waiting: number | null): Promise<string[]> {
  const state = { counts: { ...counts, waiting }, added: null };
  const nothing = { completed: 0, failed: 0, flow: null, projected: false, gap: false };
  const events: EventCounts = { ...nothing, lastId: `${10 * MINUTE}-0`, open };
  const { cursor } = await readFinished(
    { ...state, workerTotals: { completed: null, failed: null } },
    null,
    () => Promise.resolve(events),
  );
  return cursor.open.map(([id]) => id);
}

test("jobs are followed on while no more wait in the events than in the queue", async () => {
  expect(await followed([busy, old("a"), old("b")], 1)).toEqual(["busy", "a", "b"]);
  expect(await followed([busy, old("a"), fresh, fresh], 0)).toHaveLength(4);
  expect(await followed([old("a"), old("b"), old("c")], null)).toHaveLength(3);
});

test("after a drain, which writes no events, those that wait are given up", async () => {
  expect(await followed([busy, old("a"), old("b"), fresh], 0)).toEqual(["busy"]);
});
