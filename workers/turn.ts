import { newId } from "#lib/core/ids.ts";
import { log } from "#lib/core/log.ts";
import { SECOND } from "#lib/core/time.ts";
import { KEY_PREFIX, readyRedis } from "#lib/jobs/redis.ts";

const RELEASE = `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`;

/** Readings that were given up on but have not ended: their target must not get another one on top. */
const unsettled = new Set<string>();

/**
 * Does `work` unless the same thing is being done, here or in another worker: a late tick is skipped, never stacked.
 * `work` hands the underlying reading to `settled`, since giving up on it does not end it.
 */
export async function holdingTurn(
  name: string,
  budgetMs: number,
  work: (settled: (reading: Promise<unknown>) => void) => Promise<void>,
): Promise<void> {
  const key = `${KEY_PREFIX}:turn:${name}`;
  if (unsettled.has(key)) return;
  const redis = await readyRedis();
  const token = newId();
  const taken = await redis.set(key, token, "PX", budgetMs + 5 * SECOND, "NX");
  if (taken !== "OK") {
    log.debug({ turn: name }, "skipped: the one before still runs");
    return;
  }
  try {
    await work((reading) => {
      unsettled.add(key);
      reading.then(
        () => unsettled.delete(key),
        () => unsettled.delete(key),
      );
    });
  } finally {
    // A turn that cannot be given back ends by itself.
    await redis.eval(RELEASE, 1, key, token).catch(() => {});
  }
}
