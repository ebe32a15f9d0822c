import { AppError } from "#lib/core/errors.ts";
import type { QueueRef } from "../bullmq/queries.ts";
import { refOfKey } from "../bullmq/queue-ids.ts";
import { type BullmqPostgresConnection, inSchema } from "./connect.ts";
import { watchedSchemas } from "./discover.ts";

/**
 * The queue behind a key, checked against the server: the key's first half becomes a schema only when BullMQ's tables are in it.
 * Throws `not_found`.
 */
export async function openPostgresQueue(
  conn: BullmqPostgresConnection,
  key: string,
): Promise<QueueRef> {
  const ref = refOfKey(key);
  const schemas = ref ? await watchedSchemas(conn) : [];
  if (ref && schemas.some(({ name }) => name === ref.prefix)) {
    const [found] = await conn.query(
      `select where exists (select from ${inSchema(ref.prefix, "meta")} where queue = $1)
         or exists (select from ${inSchema(ref.prefix, "job")} where queue = $1)`,
      [ref.name],
      { lane: "interactive" },
    );
    if (found) return ref;
  }
  throw new AppError("not_found", `There is no queue ${key.slice(0, 100)} here`, {
    detail:
      "No setting and no job of it is left, or its schema is not among those this source shows.",
    remedy: "See the list of queues.",
  });
}
