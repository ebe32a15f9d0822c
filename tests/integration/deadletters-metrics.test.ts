import { execFileSync } from "node:child_process";
import { beforeEach, describe, expect, test } from "vitest";
import { newId } from "#lib/core/ids.ts";
import { sql, transaction } from "#lib/db/sql.ts";
import { takeSnapshot } from "#lib/metrics/snapshot.ts";
import type { FoundProblem } from "#lib/signals/define.ts";
import { ingest } from "#lib/signals/deadletters/capture/ingest.ts";
import { deadletters } from "#lib/signals/deadletters/signal.ts";
import { failure } from "./deadletters-failures.ts";
import { MAIN, now, withWorld } from "./deadletters-world.ts";

withWorld();

const MINUTE = 60_000;
const source = { id: MAIN, name: "main", kind: "bullmq", labels: {} } as const;
let mails: number;

beforeEach(async () => {
  await sql.query("TRUNCATE deadletters_queue, deadletters_group, metric_value CASCADE");
  const { rows } = await sql.query<{ id: number }>(
    "INSERT INTO deadletters_queue (source_id, key, captured_at, event_id) VALUES ($1, 'bull:mails', $2, '1-0') RETURNING id",
    [MAIN, now],
  );
  mails = rows[0]?.id as number;
});

const fail = (count: number, agoMinutes: number, more: object = {}) =>
  ingest(
    mails,
    Array.from({ length: count }, (_, at) =>
      failure({
        jobId: `${agoMinutes}-${at}`,
        failedAt: now.getTime() - agoMinutes * MINUTE,
        ...more,
      }),
    ),
  );

describe("problems", () => {
  const found = (): Promise<FoundProblem[]> =>
    transaction((tx) => deadletters.problems({ tx, source, now }));
  const set = (column: string, value: Date) =>
    sql.query(`UPDATE deadletters_queue SET ${column} = $2 WHERE id = $1`, [mails, value]);

  test("are none while few jobs fail", async () => {
    await fail(19, 5);
    expect(await found()).toEqual([]);
  });

  test("many new ones are growing, unless that is usual", async () => {
    await fail(20, 5);
    expect(await found()).toEqual([
      {
        type: "dlq_growing",
        entity: "bull:mails",
        severity: "warning",
        title: "mails: 20 dead letters in 20 minutes",
        href: `/dead-letters?q=${encodeURIComponent("queue:main~bull:mails failed:<20m")}`,
      },
    ]);
    await fail(300, 60);
    expect((await found())[0]?.title).toBe(
      "mails: 20 dead letters in 20 minutes, 4 times the usual",
    );
    await fail(400, 120);
    expect(await found()).toEqual([]);
  });

  test("jobs that seem to kill their workers, and failures that are thrown away", async () => {
    await fail(1, 50, { stalls: 1 });
    await fail(2, 60, { state: "lost", score: null, data: null });
    await fail(2, 25 * 60, { state: "lost", score: null, data: null });
    expect((await found()).map(({ type, title }) => [type, title])).toEqual([
      ["dlq_poison", "mails: 1 job seems to kill its worker"],
      ["dlq_losses", "mails discards failures: 2 lost in 24 h"],
    ]);
  });

  test("losses are at least so many when events were missing, or there are none", async () => {
    await fail(2, 60, { state: "lost", score: null, data: null });
    const titles = async () => (await found()).map(({ title }) => title);
    await set("gap_at", new Date(now.getTime() - 90 * MINUTE));
    expect(await titles()).toEqual(["mails discards failures: at least 2 lost in 24 h"]);
    await set("gap_at", new Date(now.getTime() - 25 * 60 * MINUTE));
    expect(await titles()).toEqual(["mails discards failures: 2 lost in 24 h"]);
    await sql.query("UPDATE deadletters_queue SET event_id = NULL");
    expect(await titles()).toEqual(["mails discards failures: at least 2 lost in 24 h"]);
  });

  test("jobs that no retry helps are told apart from those that kill their workers", async () => {
    for (const agoMinutes of [53, 52, 51]) await fail(1, agoMinutes, { jobId: "again" });
    const titles = async () => (await found()).map(({ title }) => title);
    expect(await titles()).toEqual(["mails: 1 job keeps failing in the same way when retried"]);
    await fail(2, 50, { stalls: 2 });
    expect(await titles()).toEqual([
      "mails: 2 jobs seem to kill their workers, 1 job keeps failing in the same way when retried",
    ]);
  });

  test("gaps and delays of capturing, since when", async () => {
    const since = new Date(now.getTime() - 5 * MINUTE);
    await set("gap_since", since);
    await set("captured_at", since);
    expect((await found()).map(({ type, since: from }) => [type, from])).toEqual([
      ["dlq_capture_gap", since],
      ["dlq_capture_lag", since],
    ]);
  });

  test("of another source are not told here", async () => {
    await fail(50, 5);
    const other = { ...source, id: "00000000-0000-4000-8000-00000000000b", name: "spare" };
    expect(await transaction((tx) => deadletters.problems({ tx, source: other, now }))).toEqual([]);
  });
});

test("metrics tell numbers by queue and kind of reason, and are clean for promtool", async () => {
  await fail(3, 50, { error: "Timeout of 30 ms exceeded", stalls: 1 });
  await fail(2, 10, { state: "lost", score: null, data: null });
  await sql.query(
    `INSERT INTO deadletters_redrive (id, queue_id, name, query, rate, canary, passed_canary, stop_ratio, state, reason, actor_id, actor_login, run_id, total)
     VALUES ($1, $2, 'night', '', 1, 0, true, 0.2, 'paused', 'r', 'a', 'a', $1, 3)`,
    [newId(), mails],
  );
  const { text, failed } = await takeSnapshot(deadletters.metrics, now);
  expect(failed).toEqual([]);
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const queue = 'prefix="bull",queue="mails"';
  const stored = 'queue="mails",prefix="bull",source="main"';
  expect(lines.toSorted()).toEqual(
    [
      `plumbline_dlq_items{source="main",${queue}} 3`,
      `plumbline_dlq_poison_items{source="main",${queue}} 3`,
      `plumbline_dlq_oldest_age_seconds{source="main",${queue}} 3000`,
      `plumbline_dlq_capture_lag_seconds{source="main",${queue}} 0`,
      `plumbline_dlq_arrivals_total{${stored},reason_class="timeout"} 3`,
      `plumbline_dlq_arrivals_total{${stored},reason_class="bug"} 2`,
      `plumbline_dlq_lost_total{${stored}} 2`,
      `plumbline_redrive_active{source="main",${queue},state="paused"} 1`,
    ].toSorted(),
  );
  execFileSync("promtool", ["check", "metrics"], { input: text });
});

test("what a queue holds is not told while nobody can look at it, and of a queue that was never read nothing", async () => {
  await fail(3, 50);
  await sql.query("INSERT INTO deadletters_queue (source_id, key) VALUES ($1, 'bull:new')", [MAIN]);
  const told = async (minutesLater: number): Promise<string[]> => {
    const at = new Date(now.getTime() + minutesLater * MINUTE);
    const { text } = await takeSnapshot(deadletters.metrics, at);
    const lines = text.split("\n").filter((line) => /^plumbline_dlq_.*[^l]\{/.test(line));
    return lines.map((line) => line.replace(/\{.*queue="(\w+)".*\}/, " of $1"));
  };
  expect(await told(1)).toEqual([
    "plumbline_dlq_items of mails 3",
    "plumbline_dlq_poison_items of mails 0",
    "plumbline_dlq_oldest_age_seconds of mails 3060",
    "plumbline_dlq_capture_lag_seconds of mails 60",
  ]);
  expect(await told(3)).toEqual(["plumbline_dlq_capture_lag_seconds of mails 180"]);
});
