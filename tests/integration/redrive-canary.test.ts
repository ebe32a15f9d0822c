import type { Worker } from "bullmq";
import { expect, test } from "vitest";
import { sql } from "#lib/db/sql.ts";
import { capture, watch } from "./deadletters-target.ts";
import { until } from "./queues-target.ts";
import {
  act,
  carryAllOn,
  countedItems,
  jobIds,
  onStage,
  shown,
  type Stage,
  startRedrive,
} from "./redrive-world.ts";

let stage: Stage;

onStage((opened) => {
  stage = opened;
});

/** The team's worker, with what it calls now in this state. */
const worker = (name: string, works: boolean): Promise<Worker> =>
  stage.target.worker(
    name,
    () => (works ? Promise.resolve() : Promise.reject(new Error("still away"))),
    {
      concurrency: 10,
    },
  );

async function started(input: Parameters<typeof startRedrive>[0]): Promise<string> {
  const [redrive] = await startRedrive(input);
  return redrive?.id as string;
}

test("when the first fail again, the rest is never sent", async () => {
  await stage.dead("mails", jobIds(40));
  await worker("mails", false);
  const id = await started({ canary: 10 });
  await carryAllOn(stage.source);
  const after = await shown(id);
  expect(after).toMatchObject({ state: "stopped", items: { retried: 10, pending: 30 } });
  expect(after.note).toMatch(
    /^Stopped by itself: \d+ of the first \d+ failed again, more than the 20 % it was given\. Most had failed with Error: no$/,
  );
  expect(after.finishedAt).not.toBeNull();
});

test("when the first do well, the rest follows", async () => {
  await stage.dead("mails", jobIds(40));
  await worker("mails", true);
  const id = await started({ canary: 10 });
  await carryAllOn(stage.source);
  expect(await shown(id)).toMatchObject({ state: "completed", items: { retried: 40 } });
});

test("nobody works on the queue: it waits, then is held, and goes on when a person says so", async () => {
  await stage.dead("mails", jobIds(20));
  const id = await started({ canary: 5 });
  const stop = new AbortController();
  const working = carryAllOn(stage.source, stop.signal);
  await until(
    () => shown(id),
    ({ items }) => items.retried === 5,
  );
  await sql.query("UPDATE deadletters_redrive SET sent_at = now() - interval '11 minutes'");
  await working;
  const held = await shown(id);
  expect(held).toMatchObject({
    state: "held",
    etaSeconds: null,
    items: { retried: 5, pending: 15 },
  });
  expect(held.note).toBe(
    "After 10 minutes 5 of the first 5 have not ended. Resume it to send the rest all the same.",
  );
  await act("redrives.resume", { id });
  await carryAllOn(stage.source);
  expect(await countedItems(id)).toEqual({ retried: 20 });
});

test("first ones that run long and are removed when they complete did well", async () => {
  const opts = { removeOnComplete: true };
  const queue = await stage.dead(
    "mails",
    jobIds(12).map((job) => ({ ...job, opts })),
  );
  await watch(stage.source, "bull:mails");
  const id = await started({ canary: 3 });
  const working = carryAllOn(stage.source);
  await until(
    () => shown(id),
    ({ items }) => items.retried === 3,
  );
  await sql.query(
    "UPDATE deadletters_letter SET state_at = now() - interval '1 min' WHERE state = 'retried'",
  );
  await worker("mails", true);
  await until(
    () => queue.getJobCountByTypes("waiting", "active"),
    (count) => count === 0,
  );
  await twoLooks();
  await capture(stage.source);
  await working;
  expect(await shown(id)).toMatchObject({
    state: "completed",
    items: { retried: 12 },
    outcomes: { unknown: 0, failedAgain: 0 },
  });
});

/** The redrive looks four times a second. */
async function twoLooks(): Promise<void> {
  const { rows } = await sql.query("SELECT now() + interval '600 ms' AS at");
  await until(
    () => sql.query("SELECT heartbeat_at > $1 AS past FROM deadletters_redrive", [rows[0]?.at]),
    (answer) => answer.rows[0]?.past === true,
  );
}

test("when nobody can find out about any of the first, a person decides", async () => {
  await stage.dead("mails", jobIds(20));
  const id = await started({ canary: 3 });
  const working = carryAllOn(stage.source);
  await until(
    () => shown(id),
    ({ items }) => items.retried === 3,
  );
  await sql.query(
    "UPDATE deadletters_letter SET outcome = 'unknown', outcome_at = now() WHERE state = 'retried'",
  );
  await working;
  expect((await shown(id)).note).toContain("What became of the first 3 could not be found out");
  expect((await shown(id)).outcomes).toEqual({ completed: 0, failedAgain: 0, unknown: 3, open: 0 });
});

test("paused in its canary, it is still in its canary when it is resumed", async () => {
  await stage.dead("mails", jobIds(20));
  const id = await started({ canary: 5 });
  const working = carryAllOn(stage.source);
  await until(
    () => shown(id),
    ({ items }) => items.retried === 5,
  );
  await act("redrives.pause", { id });
  await working;
  await act("redrives.resume", { id });
  expect((await shown(id)).state).toBe("canary");
  await worker("mails", false);
  await carryAllOn(stage.source);
  expect(await shown(id)).toMatchObject({ state: "stopped", items: { retried: 5, pending: 15 } });
});

test("fewer letters than the canary: they are all of it", async () => {
  await stage.dead("mails", jobIds(3));
  const id = await started({ canary: 10 });
  await carryAllOn(stage.source);
  expect(await shown(id)).toMatchObject({ state: "completed", items: { retried: 3 } });
});

test("a downstream that breaks on the way stops it early", async () => {
  await stage.dead("mails", jobIds(60));
  const id = await started({ rate: 40 });
  const working = carryAllOn(stage.source);
  await until(
    () => shown(id),
    ({ items }) => items.retried >= 20,
  );
  await sql.query(
    "UPDATE deadletters_letter SET outcome = 'failed_again', outcome_at = now() WHERE state = 'retried' AND redrive_id = $1",
    [id],
  );
  await working;
  const after = await shown(id);
  expect(after.state).toBe("stopped");
  expect(after.note).toMatch(/^Stopped by itself: (\d+) of the last \1 failed again/);
  expect(after.items.pending).toBeGreaterThan(0);
});

test("a redrive that may fail altogether is not stopped", async () => {
  await stage.dead("mails", jobIds(30));
  await worker("mails", false);
  const id = await started({ canary: 5, stopRatio: 1 });
  await carryAllOn(stage.source);
  expect(await shown(id)).toMatchObject({ state: "completed", items: { retried: 30 } });
});
