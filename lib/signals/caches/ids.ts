import { AppError } from "#lib/core/errors.ts";

/** `source~key`: source names hold no `~`. */
export const cacheId = (source: string, key: string): string => `${source}~${key}`;

/** The two halves of an id. Throws `not_found` for anything else: it is an address that leads nowhere. */
export function splitCacheId(id: string): { source: string; key: string } {
  const at = id.indexOf("~");
  if (at > 0 && at < id.length - 1) return { source: id.slice(0, at), key: id.slice(at + 1) };
  throw noSuchCache();
}

export function noSuchCache(): AppError {
  return new AppError("not_found", "There is no such cache", {
    detail: "It was never seen, it is gone, or it is no longer among the busiest of its kind.",
    remedy: "See the list of caches.",
  });
}
