import type { BullmqConnection } from "./connect.ts";
import type { QueueRef } from "./queries.ts";
import { isListState, isMarker, type JobState, stateKey } from "./states.ts";

/** No page is longer: a page costs Redis some 0.2 ms, however many jobs the queue holds. */
export const MAX_PAGE = 50;

/**
 * Where the next page starts: behind this member of a sorted set, also when it has left the set meanwhile; at this offset of
 * a list, whose jobs move while one reads.
 */
export type PageCursor =
  | { kind: "member"; id: string; score: string }
  | { kind: "offset"; offset: number };

export interface PageRequest {
  state: JobState;
  /** `first`: what runs or happened first; `last`: newest first. */
  order: "first" | "last";
  limit: number;
  cursor: PageCursor | null;
}

/** One job of a page; the score is null in lists. */
export interface PageEntry {
  id: string;
  score: string | null;
}

export interface Page {
  /** Jobs in this state. */
  total: number;
  entries: PageEntry[];
  next: PageCursor | null;
}

/** Ids of one page of jobs in one state, with plain bounded reads: BullMQ's own getters would read every job twice. */
export function readPage(
  conn: BullmqConnection,
  queue: QueueRef,
  request: PageRequest,
): Promise<Page> {
  const limit = Math.min(Math.max(request.limit, 1), MAX_PAGE);
  const key = stateKey(queue, request.state);
  return isListState(request.state)
    ? listPage(conn, key, { ...request, limit })
    : setPage(conn, key, { ...request, limit });
}

/** New jobs enter lists on the left; the next to run is on the right. */
async function listPage(conn: BullmqConnection, key: string, request: PageRequest): Promise<Page> {
  const { order, limit, cursor } = request;
  const start = cursor?.kind === "offset" ? cursor.offset : 0;
  return conn.run(async (redis) => {
    const length = await redis.llen(key);
    const ids =
      order === "first"
        ? (await redis.lrange(key, -start - limit, -start - 1)).toReversed()
        : await redis.lrange(key, start, start + limit - 1);
    const end = start + ids.length;
    const entries = ids.filter((id) => !isMarker(id)).map((id) => ({ id, score: null }));
    const next: PageCursor | null = end < length ? { kind: "offset", offset: end } : null;
    return { total: length, entries, next: ids.length > 0 ? next : null };
  });
}

async function setPage(conn: BullmqConnection, key: string, request: PageRequest): Promise<Page> {
  const { order, limit, cursor } = request;
  const reverse = order === "last";
  return conn.run(async (redis) => {
    const total = await redis.zcard(key);
    const start = cursor?.kind === "member" ? await startBehind(conn, key, cursor, reverse) : 0;
    const flat = reverse
      ? await redis.zrevrange(key, start, start + limit - 1, "WITHSCORES")
      : await redis.zrange(key, start, start + limit - 1, "WITHSCORES");
    const entries = pairs(flat);
    const last = entries.at(-1);
    const more = last?.score !== undefined && start + entries.length < total;
    return {
      total,
      entries,
      next: more ? { kind: "member", id: last.id, score: String(last.score) } : null,
    };
  });
}

async function startBehind(
  conn: BullmqConnection,
  key: string,
  { id, score }: { id: string; score: string },
  reverse: boolean,
): Promise<number> {
  return conn.run(async (redis) => {
    const now = await redis.zscore(key, id);
    if (now === score) {
      const rank = await (reverse ? redis.zrevrank(key, id) : redis.zrank(key, id));
      if (rank !== null) return rank + 1;
    }
    return reverse
      ? redis.zcount(key, `(${score}`, "+inf")
      : redis.zcount(key, "-inf", `(${score}`);
  });
}

function pairs(flat: readonly string[]): PageEntry[] {
  const entries: PageEntry[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    entries.push({ id: flat[at] as string, score: flat[at + 1] as string });
  }
  return entries;
}
