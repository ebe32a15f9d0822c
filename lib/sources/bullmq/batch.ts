import type { ChainableCommander } from "ioredis";
import type { BullmqConnection } from "./connect.ts";

/** Sent in one go: well under 1 ms of the server's time, so that its other clients hardly wait. */
const MAX_COMMANDS = 200;

/** What a read may lack without failing the others: a key of another type, a command this user or server does not have. */
const UNREADABLE = /^(WRONGTYPE|NOPERM|ERR unknown command|ERR unknown subcommand)/;

/**
 * Sends the commands `fill` adds for each item, in pipelines of bounded size. Returns the answers item by item;
 * `undefined` stands for a command that could not be read. Stops between pipelines when `abort` fires and returns what it has.
 */
export async function readEach<Item>(
  conn: BullmqConnection,
  items: readonly Item[],
  fill: (batch: ChainableCommander, item: Item) => void,
  abort?: AbortSignal,
): Promise<unknown[][]> {
  return conn.run(async (redis) => {
    const answers: unknown[][] = [];
    let at = 0;
    while (at < items.length) {
      if (abort?.aborted) break;
      const batch = redis.pipeline();
      const ends: number[] = [];
      for (; at < items.length && batch.length < MAX_COMMANDS; at += 1) {
        fill(batch, items[at] as Item);
        ends.push(batch.length);
      }
      const values = ((await batch.exec()) ?? []).map(valueOf);
      ends.forEach((end, index) => answers.push(values.slice(ends[index - 1] ?? 0, end)));
    }
    return answers;
  });
}

function valueOf([error, value]: [Error | null, unknown]): unknown {
  if (error && !UNREADABLE.test(error.message)) throw error;
  return error ? undefined : value;
}
