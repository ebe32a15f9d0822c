import type { RedisClient } from "../redis/queries.ts";
import type { BullmqConnection } from "./connect.ts";
import { describeQueues } from "./describe.ts";
import type { DiscoveredQueue, QueueRef } from "./queries.ts";

/** Where a discovery stopped; hand it back to go on. */
export interface DiscoveryState {
  /** Redis' SCAN cursor; "0" starts a new pass. */
  cursor: string;
  /** Queues known already, cached by the caller: they are not described again. */
  known: readonly QueueRef[];
}

export interface DiscoveryLimits {
  /** Keys Redis walks over in this call: about 1 ms of its time per 1,000. */
  keys: number;
  /** Milliseconds after which no further page is asked for. */
  budgetMs: number;
}

export interface Discovery {
  /** Queues that were not known. */
  found: DiscoveredQueue[];
  cursor: string;
  /** The walk over all keys has reached its end with this call. */
  passComplete: boolean;
}

/** Small enough to run every interval on a busy server; a first pass may afford 20,000 keys. */
export const DISCOVERY_STEP: DiscoveryLimits = { keys: 2_000, budgetMs: 100 };

const PAGE = 500;
/** Matches `…:id`, `…:meta` and `…:meta-paused`; the rest is sorted out here. */
const MARKS = "*:[im][de]*";

/**
 * Finds queues on a Redis: first by the names live workers gave their connections, then by a slow walk over the keys
 * that continues from call to call. `clients` is an answer of CLIENT LIST the caller has already; null when not allowed.
 */
export async function discoverQueues(
  conn: BullmqConnection,
  state: DiscoveryState,
  clients: readonly RedisClient[] | null,
  limits: DiscoveryLimits = DISCOVERY_STEP,
): Promise<Discovery> {
  const deadline = performance.now() + limits.budgetMs;
  const seen = new Set(state.known.map(identity));
  const found = await describeNew(conn, queuesNamedBy(clients ?? []), seen);
  let cursor = state.cursor;
  let walked = 0;
  do {
    const [next, keys] = await conn.run((redis) =>
      redis.scan(cursor, "MATCH", MARKS, "COUNT", PAGE),
    );
    cursor = next;
    walked += PAGE;
    found.push(...(await describeNew(conn, keys.flatMap(queueOfKey), seen)));
  } while (cursor !== "0" && walked < limits.keys && performance.now() < deadline);
  return { found, cursor, passComplete: cursor === "0" };
}

async function describeNew(
  conn: BullmqConnection,
  refs: readonly QueueRef[],
  seen: Set<string>,
): Promise<DiscoveredQueue[]> {
  const fresh = new Map<string, QueueRef>();
  for (const ref of refs) {
    const wanted = conn.prefixes === null || conn.prefixes.includes(ref.prefix);
    if (wanted && !seen.has(identity(ref))) fresh.set(identity(ref), ref);
  }
  const queues = await describeQueues(conn, [...fresh.values()]);
  for (const queue of queues) seen.add(identity(queue));
  return queues;
}

/** Names hold no `:` (BullMQ forbids it), so the last segment before the mark is the name and all before the prefix. */
export function queueOfKey(key: string): QueueRef[] {
  const match = /^(.+):([^:]+):(?:id|meta|meta-paused)$/s.exec(key);
  return match?.[1] && match[2] ? [{ prefix: match[1], name: match[2] }] : [];
}

/** Reads `prefix:base64(name)`, with `:w:worker` or `:qe` behind it, in every way it can be read; keys then decide. */
export function queuesNamedBy(clients: readonly Pick<RedisClient, "name">[]): QueueRef[] {
  return clients.flatMap(({ name }) => {
    const segments = name.split(":");
    return segments.flatMap((segment, at): QueueRef[] => {
      const queue = at === 0 ? null : fromBase64(segment);
      return queue === null ? [] : [{ prefix: segments.slice(0, at).join(":"), name: queue }];
    });
  });
}

function fromBase64(segment: string): string | null {
  const text = Buffer.from(segment, "base64").toString("utf8");
  const exact = text.length > 0 && Buffer.from(text, "utf8").toString("base64") === segment;
  return exact && !/[:\p{Cc}\uFFFD]/u.test(text) ? text : null;
}

const identity = (ref: QueueRef): string => `${ref.prefix}:${ref.name}`;
