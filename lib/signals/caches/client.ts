import { signalQuery } from "#lib/api/client.ts";
import { cacheDetailSchema, listSchema, seriesSchema } from "./schema.ts";

type Params = Record<string, string>;

export const cachesQuery = (params: Params) => signalQuery("caches", "list", params, listSchema);

/** One cache over a time range. */
export const cacheQuery = (id: string, range: string) =>
  signalQuery("caches", "get", { id, range }, cacheDetailSchema);

export const cacheSeriesQuery = (id: string, range: string) =>
  signalQuery("caches", "series", { id, range }, seriesSchema);
