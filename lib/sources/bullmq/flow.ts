import type { BullmqConnection } from "./connect.ts";
import { describeQueues } from "./describe.ts";
import type { QueueRef } from "./queries.ts";
import { refOfKey } from "./queue-ids.ts";

/** A job anywhere on the server, as a flow names it. */
export interface FlowJob {
  queue: QueueRef;
  id: string;
}

/** How a child counts for its parent. */
export type ChildPart = "failed" | "ignored" | "pending" | "completed";

/** What needs a look comes first. */
export const CHILD_PARTS = ["failed", "ignored", "pending", "completed"] as const;

/** Where the next children are: in a part, behind a cursor of the server, behind some of what it gave. */
export interface ChildCursor {
  part: ChildPart;
  scan: string;
  skip: number;
}

const MAX_SPLITS = 8;

/**
 * The job behind a key `prefix:queue:id`. Ids of scheduled jobs hold colons, so queues are tried until one is there. Null when none
 * is, or when this source does not show its prefix: a key in a job's hash must not become a way to read whatever is stored there.
 */
export async function jobOfKey(conn: BullmqConnection, key: string): Promise<FlowJob | null> {
  const splits = [...key.matchAll(/:/g)].map(({ index }) => index).toReversed();
  for (const at of splits.slice(0, MAX_SPLITS)) {
    const ref = refOfKey(key.slice(0, at));
    const id = key.slice(at + 1);
    if (!ref || !id || (conn.prefixes && !conn.prefixes.includes(ref.prefix))) continue;
    const [queue] = await describeQueues(conn, [ref]);
    if (queue) return { queue: ref, id };
  }
  return null;
}

/** How many children a parent has in each part. */
export async function countChildren(
  conn: BullmqConnection,
  key: string,
): Promise<Record<ChildPart, number>> {
  const [pending, completed, ignored, failed] = await conn.run((redis) =>
    Promise.all([
      redis.scard(`${key}:dependencies`),
      redis.hlen(`${key}:processed`),
      redis.hlen(`${key}:failed`),
      redis.zcard(`${key}:unsuccessful`),
    ]),
  );
  return { failed, ignored, pending, completed };
}

export interface ChildrenPage {
  children: { key: string; part: ChildPart }[];
  next: ChildCursor | null;
}

/** Keys of a page of a parent's children. A child that changes part meanwhile may come twice. */
export async function readChildren(
  conn: BullmqConnection,
  key: string,
  cursor: ChildCursor | null,
  limit: number,
): Promise<ChildrenPage> {
  const children: ChildrenPage["children"] = [];
  let at: ChildCursor | null = cursor ?? startOf(CHILD_PARTS[0]);
  // Each turn is one bounded command; turns that find nothing are few.
  for (let turn = 0; at && children.length < limit && turn < MAX_TURNS; turn += 1) {
    const from: ChildCursor = at;
    const { keys, scan } = await scanPart(conn, key, from, limit);
    const fresh = keys.slice(from.skip);
    const taken = fresh.slice(0, limit - children.length);
    children.push(...taken.map((child) => ({ key: child, part: from.part })));
    at =
      taken.length < fresh.length ? { ...from, skip: from.skip + taken.length } : after(from, scan);
  }
  return { children, next: at };
}

const MAX_TURNS = 20;

const startOf = (part: ChildPart): ChildCursor => ({ part, scan: "0", skip: 0 });

function after({ part }: ChildCursor, scan: string): ChildCursor | null {
  if (scan !== "0") return { part, scan, skip: 0 };
  const next = CHILD_PARTS[CHILD_PARTS.indexOf(part) + 1];
  return next ? startOf(next) : null;
}

/** Small collections come whole, whatever COUNT says; of large ones about `limit` come. */
async function scanPart(
  conn: BullmqConnection,
  key: string,
  { part, scan }: ChildCursor,
  limit: number,
): Promise<{ keys: string[]; scan: string }> {
  return conn.run(async (redis) => {
    if (part === "pending") {
      const [next, keys] = await redis.sscan(`${key}:dependencies`, scan, "COUNT", limit);
      return { keys, scan: next };
    }
    const [next, flat] =
      part === "failed"
        ? await redis.zscan(`${key}:unsuccessful`, scan, "COUNT", limit)
        : await redis.hscan(`${key}:${SUFFIX[part]}`, scan, "COUNT", limit);
    return { keys: flat.filter((_text, at) => at % 2 === 0), scan: next };
  });
}

const SUFFIX = { ignored: "failed", completed: "processed" } as const;
