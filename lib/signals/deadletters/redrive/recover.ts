import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { type ItemState, leftBehind, recordBatch, type Settled } from "./batch.ts";
import type { LeasedRedrive } from "./lease.ts";
import type { Found, Sender } from "./send.ts";

/** Looked at in one round trip. */
const AT_ONCE = 100;

/**
 * Finds out what became of the letters that a worker before claimed and never recorded: sent when the receipt says so; not sent
 * when the failure is still there, and then they wait for their turn again. Sends nothing.
 */
export async function recover(
  redrive: LeasedRedrive,
  sender: Sender,
  conn: BullmqConnection,
): Promise<void> {
  const { receiptsKept } = await sender.enter(conn);
  const claimed = await leftBehind(redrive.id);
  for (let at = 0; at < claimed.length; at += AT_ONCE) {
    const items = claimed.slice(at, at + AT_ONCE);
    const found = await sender.look(conn, items);
    const settled = items.map((item, index): Settled => {
      return { item, state: stateOf(found[index] as Found, redrive, receiptsKept) };
    });
    await recordBatch(redrive, settled, null);
    await sender.forget(conn, items);
  }
}

/** Without receipts, a job that is somewhere else may have been sent there by us. */
function stateOf(
  found: Found,
  { target }: LeasedRedrive,
  receiptsKept: boolean,
): Exclude<ItemState, "claimed"> {
  if (found === "sent") return target ? "moved" : "retried";
  if (found === "here") return "pending";
  return receiptsKept ? found : "unknown";
}
