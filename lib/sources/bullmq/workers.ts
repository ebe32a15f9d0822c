import type { RedisClient } from "../redis/queries.ts";
import type { QueueRef } from "./queries.ts";

/** Workers that are connected to a queue: BullMQ and Bull name each worker's blocking connection after it. */
export function workersOf(clients: readonly Pick<RedisClient, "name">[], queue: QueueRef): number {
  const name = `${queue.prefix}:${Buffer.from(queue.name, "utf8").toString("base64")}`;
  return clients.filter((client) => client.name === name || client.name.startsWith(`${name}:w:`))
    .length;
}
