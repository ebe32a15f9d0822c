import type { Redis } from "ioredis";
import { z } from "zod";
import { log } from "#lib/core/log.ts";
import { dedicatedRedis, ownRedis } from "./redis.ts";

const CHANNEL = "plumbline:changed";
const message = z.object({ keys: z.array(z.array(z.string())) });

/** Query keys, as the client builds them: `["signals", "queues"]`. */
export type ChangedKeys = string[][];

/** Tells every open page that these query keys are out of date. Pages also poll, so a lost message only delays them. */
export async function publishChanged(keys: ChangedKeys): Promise<void> {
  try {
    await ownRedis().publish(CHANNEL, JSON.stringify({ keys }));
  } catch (error) {
    log.debug({ err: error }, "pages were not told about a change");
  }
}

const HUB = Symbol.for("plumbline.changed");
const holder = globalThis as unknown as {
  [HUB]?: { redis: Redis; listeners: Set<(keys: ChangedKeys) => void> };
};

/** Calls `listener` on every change, from one subscription per process. Returns how to stop. */
export function onChanged(listener: (keys: ChangedKeys) => void): () => void {
  const hub = (holder[HUB] ??= openHub());
  hub.listeners.add(listener);
  return () => hub.listeners.delete(listener);
}

export function closeChanged(): void {
  holder[HUB]?.redis.disconnect();
  delete holder[HUB];
}

function openHub(): NonNullable<(typeof holder)[typeof HUB]> {
  const listeners = new Set<(keys: ChangedKeys) => void>();
  const redis = dedicatedRedis();
  redis.on("message", (_channel: string, text: string) => {
    const keys = keysIn(text);
    if (keys) for (const listener of listeners) listener(keys);
  });
  // ioredis renews subscriptions by itself after a reconnect.
  redis
    .subscribe(CHANNEL)
    .catch((error: unknown) => log.error({ err: error }, "could not subscribe to changes"));
  return { redis, listeners };
}

/** Null for anything that is no message of ours: a channel is open to everybody on that server. */
function keysIn(text: string): ChangedKeys | null {
  try {
    return message.parse(JSON.parse(text)).keys;
  } catch {
    return null;
  }
}
