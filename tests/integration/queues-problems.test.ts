import { describe, expect, test } from "vitest";
import { sql, transaction } from "#lib/db/sql.ts";
import type { FoundProblem } from "#lib/signals/define.ts";
import { NO_ATTEMPTS } from "#lib/signals/queues/retries/arithmetic.ts";
import type { Retries } from "#lib/signals/queues/retries/judge.ts";
import { queues } from "#lib/signals/queues/signal.ts";
import type { StoredQueue } from "#lib/signals/queues/stored.ts";
import { MAIN, now, quiet, store, withSources } from "./queues-stored.ts";

withSources();

const found = async (...stored: Partial<StoredQueue>[]): Promise<FoundProblem[]> => {
  for (const queue of stored) await store(queue);
  return transaction((tx) => queues.problems({ tx, source: MAIN, now }));
};

const valueOf = async (name: string, labels: object): Promise<number | undefined> => {
  const family = queues.metrics.find((each) => each.name === name);
  const values = (await family?.read(now)) ?? [];
  const wanted = JSON.stringify(Object.entries(labels).toSorted());
  return values.find((each) => JSON.stringify(Object.entries(each.labels).toSorted()) === wanted)
    ?.value;
};

describe("problems", () => {
  const minuteAgo = new Date(now.getTime() - 60_000).toISOString();

  test("are none on a quiet source", async () => {
    expect(await found({})).toEqual([]);
  });

  test("nobody consuming is critical, from the second look on", async () => {
    const oldestWaitingSeconds = { value: 90, estimated: false };
    const unattended = { backlog: 3, workers: 0, unattended: true, oldestWaitingSeconds };
    expect(await found({ ...unattended, unattendedSince: now.toISOString() })).toEqual([]);
    await sql.query("DELETE FROM entity");
    expect(await found({ ...unattended, unattendedSince: minuteAgo })).toEqual([
      {
        type: "queue_no_workers",
        entity: "bull:mails",
        severity: "critical",
        title: "mails: nobody is consuming, 3 jobs waiting",
        href: "/queues/main~bull%3Amails",
        since: new Date(minuteAgo),
      },
    ]);
  });

  test("a job that waits longer than its objective is late since the objective passed", async () => {
    const oldestWaitingSeconds = { value: 90, estimated: false };
    expect(await found({ backlog: 1, oldestWaitingSeconds })).toEqual([
      expect.objectContaining({
        type: "queue_late",
        severity: "warning",
        title: "mails: oldest job waits 90 s, objective 60 s",
        since: new Date(now.getTime() - 30_000),
      }),
    ]);
  });

  test("failing needs enough finished jobs", async () => {
    const finished = { ...quiet.finished, completed: 16, failed: 4, failureRatio: 0.2 };
    const few = { ...finished, completed: 4, failed: 1 };
    const all = await found({ name: "bad", finished }, { name: "few", finished: few });
    expect(all.map(({ type, entity }) => [type, entity])).toEqual([["queue_failing", "bull:bad"]]);
    expect(all[0]?.title).toBe("bad: 20 % of 20 jobs failed in 15 minutes");
  });

  test("a paused queue is one only with jobs in it", async () => {
    const all = await found(
      { name: "full", paused: true, backlog: 2 },
      { name: "empty", paused: true },
    );
    expect(all.map(({ type, entity }) => [type, entity])).toEqual([["queue_paused", "bull:full"]]);
  });

  test("of a queue that was not read lately stay, as of then", async () => {
    const at = new Date(now.getTime() - 3_600_000);
    const oldestWaitingSeconds = { value: 90, estimated: false };
    await store({ backlog: 1, oldestWaitingSeconds }, MAIN.id, at);
    expect(await found()).toEqual([
      expect.objectContaining({
        type: "queue_late",
        title: "mails: oldest job waits 90 s, objective 60 s (not read since 2026-11-23 11:00 UTC)",
        since: new Date(at.getTime() - 30_000),
      }),
    ]);
  });

  test("a used budget is one while both the hour and the last minutes use it up", async () => {
    const attempts = { ...NO_ATTEMPTS, asked: 100, first: 100, again: 45, retries: 45 };
    const burn = { used: 2.25, attempts };
    const retries: Retries = {
      attempts,
      amplification: 1.45,
      expected: null,
      failing: 0.3,
      budget: { fiveMinutes: burn, hour: burn },
      errors: [],
      storm: null,
    };
    const over = { ...burn, used: 0.4 };
    const all = await found(
      { name: "burning", retries },
      { name: "over", retries: { ...retries, budget: { fiveMinutes: over, hour: burn } } },
    );
    expect(all).toEqual([
      {
        type: "queue_retry_budget",
        entity: "bull:burning",
        severity: "warning",
        title: "burning: 45 % retries on top of the jobs of the last hour, budget 20 %",
        href: "/queues/main~bull%3Aburning?tab=retries",
      },
    ]);
    const stalling = { ...retries, attempts: { ...attempts, stalls: 3 } };
    await sql.query("DELETE FROM entity");
    const stalled = await found({
      retries: { ...stalling, budget: { fiveMinutes: over, hour: over } },
    });
    expect(stalled.map(({ type, title }) => [type, title])).toEqual([
      ["queue_stalls", "mails: 3 jobs lost their worker in 15 minutes"],
    ]);
  });

  test("a server that evicts jobs is a risk", async () => {
    const capability = {
      id: "no_eviction",
      ok: false,
      detail: "allkeys-lru: under memory pressure Redis deletes jobs",
    };
    await sql.query("UPDATE source SET capabilities = $2 WHERE id = $1", [
      MAIN.id,
      JSON.stringify([capability]),
    ]);
    expect(await found({})).toEqual([
      expect.objectContaining({ type: "queue_eviction_policy", severity: "risk", entity: "main" }),
    ]);
    await sql.query("UPDATE source SET capabilities = '[]' WHERE id = $1", [MAIN.id]);
  });
});

describe("metrics", () => {
  const labels = { source: "main", prefix: "bull", queue: "mails" };

  test("leave out what is not known, and what nobody has looked at for long", async () => {
    await store({ workers: null, oldestWaitingSeconds: null, backlog: 4 });
    await store({ name: "old", workers: 7 }, MAIN.id, new Date(now.getTime() - 46_000));
    expect(await valueOf("plumbline_queue_workers", labels)).toBeUndefined();
    expect(await valueOf("plumbline_queue_oldest_waiting_age_seconds", labels)).toBeUndefined();
    expect(await valueOf("plumbline_queue_paused", labels)).toBe(0);
    expect(await valueOf("plumbline_queue_slo_wait_seconds", labels)).toBe(60);
    expect(await valueOf("plumbline_queue_workers", { ...labels, queue: "old" })).toBeUndefined();
  });

  test("an empty queue has nothing that waits", async () => {
    await store({});
    expect(await valueOf("plumbline_queue_oldest_waiting_age_seconds", labels)).toBe(0);
  });

  test("BullMQ's own families add up equal names, and totals exist only where workers keep them", async () => {
    const cursor = { ...quiet.cursor, totals: { completed: 40, failed: null } };
    await store({ counts: { ...quiet.counts, failed: 2 }, cursor });
    await store({ prefix: "other", counts: { ...quiet.counts, failed: 3 } });
    expect(await valueOf("bullmq_job_count", { queue: "mails", state: "failed" })).toBe(5);
    expect(await valueOf("bullmq_job_count", { queue: "mails", state: "waiting-children" })).toBe(
      0,
    );
    expect(await valueOf("bullmq_job_count", { queue: "mails", state: "paused" })).toBeUndefined();
    expect(await valueOf("bullmq_job_completed_total", { queue: "mails" })).toBe(40);
    expect(await valueOf("bullmq_job_failed_total", { queue: "mails" })).toBeUndefined();
  });

  test("a total does not fall when one of several equally named queues is not seen for a while", async () => {
    const totals = (completed: number) => ({
      ...quiet.cursor,
      totals: { completed, failed: null },
    });
    const earlier = new Date(now.getTime() - 60_000);
    await store({ cursor: totals(40) });
    await store({ prefix: "other", cursor: totals(60) }, MAIN.id, earlier);
    await store({ name: "left", cursor: totals(5) }, MAIN.id, earlier);
    expect(await valueOf("bullmq_job_completed_total", { queue: "mails" })).toBe(100);
    expect(await valueOf("bullmq_job_completed_total", { queue: "left" })).toBeUndefined();
  });
});
