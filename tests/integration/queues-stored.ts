import { afterAll, beforeAll, beforeEach } from "vitest";
import { sql } from "#lib/db/sql.ts";
import type { StoredQueue } from "#lib/signals/queues/stored.ts";
import { type Ground, openGround } from "#tests/support/access.ts";

/** The time at which everything was observed. */
export const now = new Date("2026-11-23T12:00:00Z");
export const MAIN = {
  id: "00000000-0000-4000-8000-00000000000a",
  name: "main",
  kind: "bullmq",
  labels: {},
} as const;
export const SPARE = {
  ...MAIN,
  id: "00000000-0000-4000-8000-00000000000b",
  name: "spare",
} as const;

/** Two sources that were collected just now, without queues before each test. */
export function withSources(): void {
  let ground: Ground;
  beforeAll(async () => {
    ground = await openGround();
    for (const { id, name } of [MAIN, SPARE]) {
      await sql.query(
        "INSERT INTO source (id, name, kind, interval_ms) VALUES ($1, $2, 'bullmq', 15000)",
        [id, name],
      );
      await sql.query(
        `INSERT INTO collection (source_id, signal, interval_ms, last_attempt_at, last_success_at)
         VALUES ($1, 'queues', 15000, $2, $2)`,
        [id, now],
      );
    }
  });
  beforeEach(() => sql.query("DELETE FROM entity"));
  afterAll(() => ground.close());
}

export const quiet: StoredQueue = {
  prefix: "bull",
  name: "mails",
  flavour: "bullmq",
  version: "6.7.0",
  readOnlyBecause: null,
  noRetryBecause: null,
  counts: {
    waiting: 0,
    paused: 0,
    prioritized: 0,
    active: 0,
    delayed: 0,
    "waiting-children": 0,
    completed: 0,
    failed: 0,
  },
  backlog: 0,
  retrying: null,
  scheduled: null,
  oldestWaitingSeconds: null,
  objectiveSeconds: 60,
  oldestFailedAt: null,
  newestFailedAt: null,
  nextDueAt: null,
  paused: false,
  globalConcurrency: null,
  rateLimit: null,
  workers: 1,
  unattended: false,
  unattendedSince: null,
  finished: {
    completedPerMinute: null,
    failedPerMinute: null,
    completed: null,
    failed: null,
    failureRatio: null,
    from: null,
    estimatedBecause: null,
  },
  cursor: {
    eventId: null,
    totals: { completed: null, failed: null },
    added: null,
    inside: null,
    failedKept: null,
    open: [],
  },
  times: null,
  retries: null,
  policies: [],
  findings: [],
};

export async function store(
  queue: Partial<StoredQueue>,
  source: string = MAIN.id,
  at = now,
): Promise<void> {
  const data = { ...quiet, ...queue };
  await sql.query(
    "INSERT INTO entity (source_id, signal, key, data, observed_at) VALUES ($1, 'queues', $2, $3, $4)",
    [source, `${data.prefix}:${data.name}`, JSON.stringify(data), at],
  );
}
