import { signalQuery } from "#lib/api/client.ts";
import { cleanPreviewSchema, drainPreviewSchema } from "./danger-schema.ts";
import { flowChildrenSchema, flowSchema } from "./flow-schema.ts";
import { liveJobSchema, livePageSchema, logsSchema } from "./live-schema.ts";
import { schedulersSchema } from "./scheduler-schema.ts";
import { listSchema, queueDetailSchema, seriesSchema } from "./schema.ts";
import { waveSchema } from "./wave-schema.ts";
import { workersSchema } from "./worker-schema.ts";

type Params = Record<string, string>;

export const queuesQuery = (params: Params) => signalQuery("queues", "list", params, listSchema);

export const queueQuery = (id: string) => signalQuery("queues", "get", { id }, queueDetailSchema);

export const queueSeriesQuery = (id: string, range: string) =>
  signalQuery("queues", "series", { id, range }, seriesSchema);

/** A page of jobs, looked at in the queue itself; null when nobody could look. */
export const jobsQuery = (source: string, params: Params) =>
  signalQuery("queues", "live:jobs", { source, ...params }, livePageSchema.nullable());

/** One job, looked at in the queue itself; masked unless this person has revealed it. */
export const jobQuery = (source: string, queue: string, job: string) =>
  signalQuery("queues", "live:job", { source, queue, job }, liveJobSchema.nullable());

/** Lines `from` to `to` of a job's log, the oldest being 0. */
export const logsQuery = (job: JobRef, from: number, to: number) =>
  signalQuery(
    "queues",
    "live:logs",
    { ...job, from: String(from), to: String(to) },
    logsSchema.nullable(),
  );

interface JobRef extends Params {
  source: string;
  queue: string;
  job: string;
}

/** A job with its parents up to the root. */
export const flowQuery = (job: JobRef) =>
  signalQuery("queues", "live:flow", job, flowSchema.nullable());

/** A page of a job's children; `cursor` is empty for the first. */
export const flowChildrenQuery = (job: JobRef, cursor: string) =>
  signalQuery(
    "queues",
    "live:flowChildren",
    { ...job, ...(cursor && { cursor }) },
    flowChildrenSchema.nullable(),
  );

export const workersQuery = (source: string, queue: string) =>
  signalQuery("queues", "live:workers", { source, queue }, workersSchema.nullable());

export const schedulersQuery = (source: string, queue: string, offset: number) =>
  signalQuery(
    "queues",
    "live:schedulers",
    { source, queue, offset: String(offset) },
    schedulersSchema.nullable(),
  );

export const waveQuery = (source: string, queue: string, window: string) =>
  signalQuery("queues", "live:wave", { source, queue, window }, waveSchema.nullable());

/** Looked at once: what is shown is what will be done. */
const ONCE = { staleTime: Infinity, gcTime: 0, refetchInterval: false } as const;

export const drainPreviewQuery = (source: string, queue: string) => ({
  ...signalQuery("queues", "live:drainPreview", { source, queue }, drainPreviewSchema.nullable()),
  ...ONCE,
});

export const cleanPreviewQuery = (source: string, queue: string, state: string, age: string) => ({
  ...signalQuery(
    "queues",
    "live:cleanPreview",
    { source, queue, state, age },
    cleanPreviewSchema.nullable(),
  ),
  ...ONCE,
});

export type { CleanPreview, DrainPreview } from "./danger-schema.ts";
export type { FlowNode } from "./flow-schema.ts";
export type { SchedulerRow } from "./scheduler-schema.ts";
export type { Wave } from "./wave-schema.ts";
export type { Workers } from "./worker-schema.ts";
export type { JobRow, LiveJob, LivePage } from "./live-schema.ts";
