import type { Queue } from "bullmq";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { resumeQueue } from "#lib/sources/bullmq/queue-acts.ts";
import { spreadDelayed } from "#lib/sources/bullmq/spread.ts";
import type { Progress } from "#lib/sources/bullmq/stepped.ts";
import { sweepFinished, sweepList } from "#lib/sources/bullmq/sweep.ts";
import { HOUR, MINUTE } from "#lib/core/time.ts";
import { type LaidOrders, QUEUE } from "./load.ts";

/** Something that is done to every job of a queue that lies in one state. */
export interface Act {
  state: LaidOrders["state"];
  ours(conn: BullmqConnection, seen: LaidOrders): Promise<void>;
  /** BullMQ has no way to spread a wave. */
  theirs?(queue: Queue, jobs: number): Promise<unknown>;
}

const run = {
  queue: { prefix: "bull", name: QUEUE },
  runId: "bench",
  abort: AbortSignal.timeout(HOUR),
};

export const ACTS: Record<string, Act> = {
  drain: {
    state: "wait",
    async ours(conn, { newest, oldest, count }) {
      const list = { state: "waiting", newest, oldest, count } as const;
      checkAll(await sweepList(conn, { ...run, list }), count);
    },
    theirs: (queue) => queue.drain(),
  },
  clean: {
    state: "failed",
    async ours(conn, { count }) {
      const cut = { state: "failed", before: Date.now(), limit: count } as const;
      checkAll(await sweepFinished(conn, { ...run, ...cut }), count);
    },
    theirs: (queue, jobs) => queue.clean(0, jobs, "failed"),
  },
  spread: {
    state: "delayed",
    async ours(conn, { at, count }) {
      const wave = { from: at, to: at + HOUR, start: at, end: at + 30 * MINUTE, seenAt: at };
      checkAll(await spreadDelayed(conn, { ...run, ...wave }), count);
    },
  },
  resume: {
    state: "paused",
    ours: async (conn) => void (await resumeQueue(conn, run)),
    theirs: (queue) => queue.resume(),
  },
};

function checkAll({ outcome, changed }: Progress, count: number): void {
  if (outcome !== "done" || changed !== count)
    throw new Error(`${outcome}: ${changed} of ${count} jobs`);
}
