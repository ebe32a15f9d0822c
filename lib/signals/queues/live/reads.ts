import { defineLiveRead } from "#lib/signals/define.ts";
import { revealTarget } from "../ids.ts";
import {
  jobParamsSchema,
  jobsParamsSchema,
  liveJobSchema,
  livePageSchema,
  logsParamsSchema,
  logsSchema,
} from "../live-schema.ts";
import {
  cleanParamsSchema,
  cleanPreviewSchema,
  drainParamsSchema,
  drainPreviewSchema,
} from "../danger-schema.ts";
import {
  flowChildrenParamsSchema,
  flowChildrenSchema,
  flowParamsSchema,
  flowSchema,
} from "../flow-schema.ts";
import { schedulersParamsSchema, schedulersSchema } from "../scheduler-schema.ts";
import { waveParamsSchema, waveSchema } from "../wave-schema.ts";
import { workersParamsSchema, workersSchema } from "../worker-schema.ts";
import { type OpenQueue, openQueue } from "#lib/sources/bullmq/open-queue.ts";
import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import type { BullmqPostgresConnection } from "#lib/sources/bullmq-postgres/connect.ts";
import { openPostgresQueue } from "#lib/sources/bullmq-postgres/open-queue.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { readPostgresFlow, readPostgresFlowChildren } from "../postgres/flow.ts";
import { readPostgresJob, readPostgresLogs } from "../postgres/job.ts";
import { readPostgresJobs } from "../postgres/jobs.ts";
import { readPostgresSchedulers } from "../postgres/schedulers.ts";
import { readPostgresWorkers } from "../postgres/workers.ts";
import { readPostgresWave } from "../postgres/wave.ts";
import { previewClean, previewDrain } from "./danger.ts";
import { readFlow, readFlowChildren } from "./flow.ts";
import { readJob } from "./job.ts";
import { readJobs } from "./jobs.ts";
import { readLogs } from "./logs.ts";
import { readSchedulers } from "./schedulers.ts";
import { readWorkers } from "./workers.ts";
import { readWave } from "./wave.ts";

/** Opens a queue where it is and reads it in that backend's way. Throws `not_found`. */
async function readIn<Data>(
  source: OpenSource,
  key: string,
  read: {
    redis(open: OpenQueue): Promise<Data>;
    postgres(conn: BullmqPostgresConnection, queue: QueueRef): Promise<Data>;
  },
): Promise<Data> {
  if (source.kind !== "bullmq_postgres") return read.redis(await openQueue(source, key));
  return read.postgres(source.conn, await openPostgresQueue(source.conn, key));
}

export const jobs = defineLiveRead({
  params: jobsParamsSchema,
  data: livePageSchema,
  revealTarget: () => null,
  run: ({ source }, { queue: key, ...params }) =>
    readIn(source, key, {
      redis: ({ conn, queue }) => readJobs(conn, queue, params),
      postgres: (conn, queue) => readPostgresJobs(conn, queue, params),
    }),
});

export const job = defineLiveRead({
  params: jobParamsSchema,
  data: liveJobSchema,
  revealTarget: ({ queue, job: id }) => revealTarget(queue, id),
  run: ({ source, revealed }, { queue: key, job: id }) =>
    readIn(source, key, {
      redis: ({ conn, queue }) => readJob(conn, queue, id, revealed),
      postgres: (conn, queue) => readPostgresJob(conn, queue, id, revealed),
    }),
});

/** Before a drain: what would go. */
export const drainPreview = defineLiveRead({
  params: drainParamsSchema,
  data: drainPreviewSchema,
  revealTarget: () => null,
  async run({ source }, { queue: key }) {
    const { conn, queue } = await openQueue(source, key);
    return previewDrain(conn, queue);
  },
});

/** Before a clean: what would go. */
export const cleanPreview = defineLiveRead({
  params: cleanParamsSchema,
  data: cleanPreviewSchema,
  revealTarget: () => null,
  async run({ source }, { queue: key, ...params }) {
    const { conn, queue } = await openQueue(source, key);
    return previewClean(conn, queue, params);
  },
});

/** When the delayed jobs come due: the retries that are about to hit. */
export const wave = defineLiveRead({
  params: waveParamsSchema,
  data: waveSchema,
  revealTarget: () => null,
  run: ({ source }, { queue: key, window }) =>
    readIn(source, key, {
      redis: ({ conn, queue }) => readWave(conn, queue, window),
      postgres: (conn, queue) => readPostgresWave(conn, queue, window),
    }),
});

/** What makes jobs by itself, and what of it was paused here. */
export const schedulers = defineLiveRead({
  params: schedulersParamsSchema,
  data: schedulersSchema,
  revealTarget: () => null,
  run: ({ source }, { queue: key, offset }) =>
    readIn(source, key, {
      redis: ({ conn, queue }) => readSchedulers(conn, queue, offset),
      postgres: (conn, queue) => readPostgresSchedulers(conn, queue, offset),
    }),
});

/** An earlier stretch of a job's log. */
export const logs = defineLiveRead({
  params: logsParamsSchema,
  data: logsSchema,
  revealTarget: ({ queue, job: id }) => revealTarget(queue, id),
  run: ({ source, revealed }, { queue: key, ...params }) =>
    readIn(source, key, {
      redis: ({ conn, queue }) => readLogs(conn, queue, params, revealed),
      postgres: (conn, queue) => readPostgresLogs(conn, queue, params, revealed),
    }),
});

/** A job with its parents, up to the root of its flow. */
export const flow = defineLiveRead({
  params: flowParamsSchema,
  data: flowSchema,
  revealTarget: () => null,
  run: ({ source }, { queue: key, job: id }) =>
    readIn(source, key, {
      redis: ({ conn, queue }) => readFlow(conn, queue, id),
      postgres: (conn, queue) => readPostgresFlow(conn, queue, id),
    }),
});

/** A page of what one job of a flow waits for, or waited for. */
export const flowChildren = defineLiveRead({
  params: flowChildrenParamsSchema,
  data: flowChildrenSchema,
  revealTarget: () => null,
  run: ({ source }, { queue: key, ...params }) =>
    readIn(source, key, {
      redis: ({ conn, queue }) => readFlowChildren(conn, queue, params),
      postgres: (conn, queue) => readPostgresFlowChildren(conn, queue, params),
    }),
});

/** Who works on a queue, and on what. */
export const workers = defineLiveRead({
  params: workersParamsSchema,
  data: workersSchema,
  revealTarget: () => null,
  run: ({ source }, { queue: key }) =>
    readIn(source, key, {
      redis: ({ conn, queue }) => readWorkers(conn, queue),
      postgres: readPostgresWorkers,
    }),
});
