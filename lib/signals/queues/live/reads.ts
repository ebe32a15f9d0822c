import { defineLiveRead } from "#lib/signals/define.ts";
import { revealTarget } from "../ids.ts";
import {
  jobParamsSchema,
  jobsParamsSchema,
  liveJobSchema,
  livePageSchema,
} from "../live-schema.ts";
import {
  cleanParamsSchema,
  cleanPreviewSchema,
  drainParamsSchema,
  drainPreviewSchema,
} from "../danger-schema.ts";
import { schedulersParamsSchema, schedulersSchema } from "../scheduler-schema.ts";
import { waveParamsSchema, waveSchema } from "../wave-schema.ts";
import { openQueue } from "#lib/sources/bullmq/open-queue.ts";
import { openPostgresQueue } from "#lib/sources/bullmq-postgres/open-queue.ts";
import { readPostgresJob } from "../postgres/job.ts";
import { readPostgresJobs } from "../postgres/jobs.ts";
import { previewClean, previewDrain } from "./danger.ts";
import { readJob } from "./job.ts";
import { readJobs } from "./jobs.ts";
import { readSchedulers } from "./schedulers.ts";
import { readWave } from "./wave.ts";

export const jobs = defineLiveRead({
  params: jobsParamsSchema,
  data: livePageSchema,
  revealTarget: () => null,
  async run({ source }, { queue: key, ...params }) {
    if (source.kind === "bullmq_postgres") {
      const ref = await openPostgresQueue(source.conn, key);
      return readPostgresJobs(source.conn, ref, params);
    }
    const { conn, queue } = await openQueue(source, key);
    return readJobs(conn, queue, params);
  },
});

export const job = defineLiveRead({
  params: jobParamsSchema,
  data: liveJobSchema,
  revealTarget: ({ queue, job: id }) => revealTarget(queue, id),
  async run({ source, revealed }, { queue: key, job: id }) {
    if (source.kind === "bullmq_postgres") {
      const ref = await openPostgresQueue(source.conn, key);
      return readPostgresJob(source.conn, ref, id, revealed);
    }
    const { conn, queue } = await openQueue(source, key);
    return readJob(conn, queue, id, revealed);
  },
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
  async run({ source }, { queue: key, window }) {
    const { conn, queue } = await openQueue(source, key);
    return readWave(conn, queue, window);
  },
});

/** What makes jobs by itself, and what of it was paused here. */
export const schedulers = defineLiveRead({
  params: schedulersParamsSchema,
  data: schedulersSchema,
  revealTarget: () => null,
  async run({ source }, { queue: key, offset }) {
    const { conn, queue } = await openQueue(source, key);
    return readSchedulers(conn, queue, offset);
  },
});
