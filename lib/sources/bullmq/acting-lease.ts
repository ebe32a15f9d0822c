import type { BullmqConnection } from "./connect.ts";
import { RECEIPT_MS } from "./fenced.ts";
import { queueKey, type QueueRef } from "./queries.ts";

/** Who acts on many jobs of a queue, over hours and through crashes: what took effect is written down beside that queue. */
export interface ActingLease {
  queue: QueueRef;
  /** Names the receipts: of one bulk retry. */
  id: string;
  /** Grows whenever somebody takes over: who holds an older lease can change nothing any more. */
  lease: number;
}

/** A lease that is not the newest one any more, or receipts that the server lost. */
const STALE = "stale_lease";
export const isStaleLease = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === STALE;

export function staleLease(): Error {
  return Object.assign(new Error("another worker carries on, or the receipts were lost"), {
    code: STALE,
  });
}

/** The hash that holds the newest lease, and the receipts of what was done under it. */
export const receiptsKey = ({ queue, id }: Pick<ActingLease, "queue" | "id">): string =>
  queueKey(queue, `plumbline-redrive:${id}`);

/** Lua: answers the lease before, "" when there was none, false when there is a newer one. */
const ENTER = `
local before = redis.call("HGET", KEYS[1], "lease")
if before and tonumber(before) > tonumber(ARGV[1]) then return false end
redis.call("HSET", KEYS[1], "lease", ARGV[1])
redis.call("PEXPIRE", KEYS[1], ${RECEIPT_MS})
return before or ""`;

/**
 * Takes the queue's receipts over: from here on nobody with an older lease can act. Tells whether receipts of an earlier lease
 * are there: when they are not, a missing receipt means nothing. Throws when there is a newer lease.
 */
export async function enterLease(
  conn: BullmqConnection,
  held: ActingLease,
): Promise<{ receiptsKept: boolean }> {
  const before = await conn.run((redis) => redis.eval(ENTER, 1, receiptsKey(held), held.lease));
  if (before === null) throw staleLease();
  return { receiptsKept: before !== "" };
}

/** For as long as it goes on, its receipts are kept. */
export async function keepLease(
  conn: BullmqConnection,
  held: Pick<ActingLease, "queue" | "id">,
): Promise<void> {
  await conn.run((redis) => redis.pexpire(receiptsKey(held), RECEIPT_MS));
}

/** The end of it: whoever still believes to be at work is refused from now on, too. */
export async function closeLease(
  conn: BullmqConnection,
  held: Pick<ActingLease, "queue" | "id">,
): Promise<void> {
  await conn.run((redis) => redis.unlink(receiptsKey(held)));
}
