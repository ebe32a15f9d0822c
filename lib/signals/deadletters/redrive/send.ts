import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import type { Item } from "./batch.ts";

/**
 * What sending one letter led to. `sent` also when an earlier attempt had sent it; `changed`: it is still that failure, but not
 * as it was then, or a child of a flow that cannot be moved, so nothing was done.
 */
export type Sent = "sent" | "superseded" | "gone" | "changed";

/** What became of a letter that may or may not have been sent; `here` = it was not. */
export type Found = "sent" | "here" | "superseded" | "gone";

/** How the letters of one redrive reach a queue; back into their own, or as copies into another. */
export interface Sender {
  /** Claims the way for this worker alone; tells whether "no receipt" means "not sent". */
  enter(conn: BullmqConnection): Promise<{ receiptsKept: boolean }>;
  send(conn: BullmqConnection, items: readonly Item[]): Promise<Sent[]>;
  /** Sends nothing. */
  look(conn: BullmqConnection, items: readonly Item[]): Promise<Found[]>;
  /** These are recorded for good. */
  forget(conn: BullmqConnection, items: readonly Item[]): Promise<void>;
  close(conn: BullmqConnection): Promise<void>;
}
