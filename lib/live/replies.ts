import type { Redis } from "ioredis";
import { newId } from "#lib/core/ids.ts";
import { log } from "#lib/core/log.ts";
import { dedicatedRedis } from "#lib/jobs/redis.ts";
import { unseal } from "./envelope.ts";
import { type LiveAnswer, liveAnswerSchema, liveReplySchema, replyLabel } from "./protocol.ts";

interface Hub {
  channel: string;
  redis: Redis;
  /** Resolves once answers can arrive. */
  ready: Promise<unknown>;
  waiting: Map<string, (answer: LiveAnswer) => void>;
}

const HUB = Symbol.for("plumbline.live");
const holder = globalThis as unknown as { [HUB]?: Hub };

/**
 * The process's one subscription for answers. Pub/sub on purpose: Redis hands a message on and keeps no copy of it, neither
 * in a key nor on disk.
 */
export function replies(): Hub {
  holder[HUB] ??= openHub();
  return holder[HUB];
}

export function closeReplies(): void {
  holder[HUB]?.redis.disconnect();
  delete holder[HUB];
}

function openHub(): Hub {
  const channel = `plumbline:live:${newId()}`;
  const waiting: Hub["waiting"] = new Map();
  const redis = dedicatedRedis();
  redis.on("message", (_channel: string, text: string) => deliver(waiting, text));
  // While Redis is away this stays pending, and whoever asks gives up by their own time-out.
  const ready = redis.subscribe(channel);
  ready.catch((error: unknown) => log.debug({ err: error }, "live answers cannot arrive yet"));
  return { channel, redis, ready, waiting };
}

function deliver(waiting: Hub["waiting"], text: string): void {
  try {
    const { id, sealed } = liveReplySchema.parse(JSON.parse(text));
    const settle = waiting.get(id);
    if (!settle) return; // Too late: nobody waits for it any more.
    settle(liveAnswerSchema.parse(unseal(sealed, replyLabel(id))));
  } catch (error) {
    log.warn({ err: error }, "a live answer could not be read");
  }
}
