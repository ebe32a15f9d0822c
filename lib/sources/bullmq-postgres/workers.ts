import type { BullmqPostgresConnection } from "./connect.ts";

/** The connection on which a worker listens. */
export interface WorkerConnection {
  id: string;
  /** The `name` it was given; null when it has none. */
  workerName: string | null;
  /** Null for a local socket, and where this role may not see it. */
  address: string | null;
  ageSeconds: number | null;
  idleSeconds: number | null;
}

type Named = Omit<WorkerConnection, "workerName"> & { name: string };

/**
 * Finds workers by queue: each names its listening connection `queue` or `queue:w:name`, and everybody may see these names. They do
 * not tell the schema: queues of one name in two schemas cannot be told apart.
 */
export async function workersByQueue(
  conn: BullmqPostgresConnection,
  lane: "collect" | "interactive" = "collect",
): Promise<(queue: string) => WorkerConnection[]> {
  const rows = await conn.query<Named>(
    `select pid::text as id, application_name as name, host(client_addr) as address,
       extract(epoch from clock_timestamp() - backend_start)::float8 as "ageSeconds",
       extract(epoch from clock_timestamp() - state_change)::float8 as "idleSeconds"
     from pg_stat_activity where datname = current_database() and application_name <> '' order by backend_start, pid`,
    [],
    { lane },
  );
  return (queue) => {
    const own = shownAs(queue);
    const named = shownAs(`${queue}:w:`);
    return rows.flatMap(({ name, ...connection }) => {
      if (own.includes(name)) return [{ ...connection, workerName: null }];
      const start = named.find((prefix) => name.startsWith(prefix));
      return start ? [{ ...connection, workerName: name.slice(start.length) || null }] : [];
    });
  };
}

const MAX_NAME = 63;

/** The server cuts names and shows what is not ASCII as `\xc3`, before version 16 as `?`. */
function shownAs(name: string): string[] {
  const bytes = [...Buffer.from(name)];
  const shown = (odd: (byte: number) => string): string =>
    bytes
      .map((byte) => (byte >= 32 && byte <= 126 ? String.fromCharCode(byte) : odd(byte)))
      .join("")
      .slice(0, MAX_NAME);
  return [shown((byte) => `\\x${byte.toString(16).padStart(2, "0")}`), shown(() => "?")];
}
