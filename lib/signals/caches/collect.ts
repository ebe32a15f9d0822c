import type { CollectContext, Collected } from "#lib/signals/define.ts";
import { isSourceError } from "#lib/sources/errors.ts";
import type { PostgresConnection } from "#lib/sources/postgres/connect.ts";
import type { Collection, Observation } from "./observed.ts";
import { readDatabases, readIndexes, readIo, readTables } from "./postgres.ts";
import { isDue, lookForQueues } from "./queue-look.ts";
import { readRedis } from "./redis.ts";
import { loadState } from "./state.ts";

/** Four statements on a Postgres; two commands on a Redis, and three more every ten minutes. */
export async function collect(context: CollectContext): Promise<Collected<Collection>> {
  const { source } = context;
  // Before the target is read: a collection that is stored meanwhile is then noticed.
  const { generation, queueLook } = await loadState(source.id);
  const base = { generation, queueLook: null };
  if (source.kind === "postgres") {
    const { observations, unread } = await collectPostgres(source.conn, context.abort);
    return { rows: [{ ...base, observations }], unread };
  }
  // The registry only opens sources of the kinds a signal names.
  if (source.kind !== "redis")
    throw new Error(`caches cannot read a source of kind ${source.kind}`);
  const { name } = source;
  const look = isDue(queueLook, context.now)
    ? await lookForQueues(source.conn, name, queueLook, context.now)
    : queueLook;
  const observation = await readRedis(source.conn, { name, queueSigns: look?.signs ?? [] });
  return { rows: [{ ...base, observations: [observation], queueLook: look }], unread: [] };
}

async function collectPostgres(
  conn: PostgresConnection,
  abort: AbortSignal,
): Promise<{ observations: Observation[]; unread: string[] }> {
  const databases = await readDatabases(conn);
  const observations = [databases.observation];
  const unread = databases.cut ? [databases.cut] : [];
  const parts = [
    { what: "Tables", read: readTables },
    { what: "Indexes", read: readIndexes },
    { what: "I/O contexts", read: readIo },
  ];
  for (const { what, read } of parts) {
    if (abort.aborted) break;
    try {
      const found = await read(conn, databases.server);
      if (found) observations.push(found.observation);
      if (found?.cut) unread.push(found.cut);
    } catch (error) {
      // Each part stands for itself: a database with very many tables must not hide the rest.
      if (!isSourceError(error) || !["timeout", "permission"].includes(error.reason)) throw error;
      unread.push(`${what} could not be read. ${error.message}`);
    }
  }
  return { observations, unread };
}
