import type { BullmqPostgresConnection } from "./connect.ts";

/** Names are cut to this many bytes by the server. */
const MAX_NAME_BYTES = 63;

/**
 * Workers by queue: each names its listening connection after its queue, `queue` or `queue:w:name`, and everybody may see these
 * names. They do not tell the schema: queues of one name in two schemas cannot be told apart.
 */
export async function workersByQueue(
  conn: BullmqPostgresConnection,
): Promise<(queue: string) => number> {
  const rows = await conn.query<{ name: string; connections: number }>(
    `select application_name as name, count(*)::int as connections from pg_stat_activity
     where datname = current_database() and application_name <> '' group by 1`,
  );
  return (queue) => {
    const own = cut(queue);
    const named = cut(`${queue}:w:`);
    return rows
      .filter(({ name }) => name === own || name.startsWith(named))
      .reduce((sum, { connections }) => sum + connections, 0);
  };
}

const cut = (name: string): string => Buffer.from(name).subarray(0, MAX_NAME_BYTES).toString();
