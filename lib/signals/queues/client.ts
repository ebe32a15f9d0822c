import { signalQuery } from "#lib/api/client.ts";
import { liveJobSchema, livePageSchema } from "./live-schema.ts";
import { listSchema, queueDetailSchema, seriesSchema } from "./schema.ts";

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

export type { JobRow, LiveJob, LivePage } from "./live-schema.ts";
