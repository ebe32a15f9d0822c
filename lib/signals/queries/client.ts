import { signalQuery } from "#lib/api/client.ts";
import { detailSchema, listSchema, seriesSchema } from "./schema.ts";

type Params = Record<string, string>;

export const queriesQuery = (params: Params) => signalQuery("queries", "list", params, listSchema);

/** One statement over a time range; `plan` shows an earlier plan. */
export const queryQuery = (id: string, params: Params) =>
  signalQuery("queries", "get", { id, ...params }, detailSchema);

export const querySeriesQuery = (id: string, range: string) =>
  signalQuery("queries", "series", { id, range }, seriesSchema);
