import type { RedisClient } from "../redis/queries.ts";
import type { QueueRef } from "./queries.ts";

/** Workers that are connected to a queue. */
export const workersOf = (clients: readonly Pick<RedisClient, "name">[], queue: QueueRef): number =>
  workerConnections(clients, queue).length;

/** BullMQ and Bull name each worker's blocking connection after its queue, and after the worker when it has a name. */
export function workerConnections<Client extends Pick<RedisClient, "name">>(
  clients: readonly Client[],
  queue: QueueRef,
): (Client & { workerName: string | null })[] {
  const base = `${queue.prefix}:${Buffer.from(queue.name, "utf8").toString("base64")}`;
  return clients.flatMap((client) => {
    if (client.name === base) return [{ ...client, workerName: null }];
    if (!client.name.startsWith(`${base}:w:`)) return [];
    return [{ ...client, workerName: client.name.slice(base.length + 3) || null }];
  });
}
