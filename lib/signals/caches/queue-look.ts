import { env } from "#lib/config/env.ts";
import { isConfigError } from "#lib/config/issues.ts";
import { HOUR, MINUTE } from "#lib/core/time.ts";
import { loadSources, sourcePaths } from "#lib/sources/config.ts";
import { isSourceError } from "#lib/sources/errors.ts";
import type { RedisConnection } from "#lib/sources/redis/connect.ts";
import type { QueueLook } from "./observed.ts";
import { signsInClients, signsInKeys } from "./queue-signs.ts";

const EVERY_MS = 10 * MINUTE;
/** A sample may miss the queues' keys by chance: what was found stands for a while. */
const REMEMBER_MS = HOUR;
const SAMPLE_KEYS = 200;

export const isDue = (look: QueueLook | null, now: Date): boolean =>
  look === null || now.getTime() - Date.parse(look.at) >= EVERY_MS;

/**
 * Looks for queues on a Redis: other sources at its address, workers' connections, one page of SCAN that goes on where the
 * last one ended. Three commands or fewer; what is not allowed is left out.
 */
export async function lookForQueues(
  conn: RedisConnection,
  source: string,
  before: QueueLook | null,
  now: Date,
): Promise<QueueLook> {
  const neighbours = await queueSourcesBeside(source);
  const clients = await ifAllowed(() => conn.clients());
  const page = await ifAllowed(() =>
    conn.run((redis) => redis.scan(before?.cursor ?? "0", "COUNT", SAMPLE_KEYS)),
  );
  const [cursor, keys] = page ?? ["0", []];
  const signs = [
    ...neighbours.map((name) => `${name} reads queues on the same server.`),
    ...signsInClients(clients ?? []),
    ...signsInKeys(keys.slice(0, SAMPLE_KEYS)),
  ];
  const at = now.toISOString();
  if (signs.length > 0 || !before || !isRemembered(before, now)) {
    return { at, cursor, signs, foundAt: at };
  }
  return { ...before, at, cursor };
}

const isRemembered = (look: QueueLook, now: Date): boolean =>
  now.getTime() - Date.parse(look.foundAt) < REMEMBER_MS;

/** Names of sources that read queues at the same address; addresses do not leave this function. */
async function queueSourcesBeside(source: string): Promise<string[]> {
  try {
    const configs = await loadSources(sourcePaths(env().PLUMBLINE_SOURCES), process.env);
    const own = configs.find(({ name }) => name === source);
    if (!own) return [];
    const address = addressOf(own.url);
    return configs
      .filter(({ kind, url }) => kind === "bullmq" && addressOf(url) === address)
      .map(({ name }) => name);
  } catch (error) {
    // The worker itself tells what is wrong with the file; the other signs still stand.
    if (isConfigError(error)) return [];
    throw error;
  }
}

function addressOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || "6379"}`;
}

async function ifAllowed<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isSourceError(error) && error.reason === "permission") return null;
    throw error;
  }
}
