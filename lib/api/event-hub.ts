import type { Actor } from "#lib/auth/actor.ts";
import { stillLive } from "#lib/auth/sessions.ts";
import { tokensStillLive } from "#lib/auth/tokens.ts";
import { log } from "#lib/core/log.ts";
import { SECOND } from "#lib/core/time.ts";
import { type ChangedKeys, onChanged } from "#lib/jobs/changed.ts";
import { ownRedis } from "#lib/jobs/redis.ts";
import { sharedReads } from "./shared-reads.ts";

/** One open event stream. */
export interface Subscriber {
  actor: Pick<Actor, "id" | "via" | "sessionId">;
  changed(keys: ChangedKeys): void;
  heartbeat(): void;
  end(): void;
}

const CHECK_MS = SECOND;
const HEARTBEAT_MS = 15 * SECOND;
/** Proxies and browsers reconnect at once, so a full process says so instead of slowing everybody down. */
const MAX_SUBSCRIBERS = 2_000;

interface Hub {
  subscribers: Set<Subscriber>;
  stop: () => void;
}

const HUB = Symbol.for("plumbline.events");
const holder = globalThis as unknown as { [HUB]?: Hub };

export function isFull(): boolean {
  return (holder[HUB]?.subscribers.size ?? 0) >= MAX_SUBSCRIBERS;
}

/** Adds a stream to the process's one hub, which watches sessions only while there are streams. Returns how to leave. */
export function subscribe(subscriber: Subscriber): () => void {
  const hub = (holder[HUB] ??= openHub());
  hub.subscribers.add(subscriber);
  return () => {
    hub.subscribers.delete(subscriber);
    if (hub.subscribers.size > 0 || holder[HUB] !== hub) return;
    hub.stop();
    delete holder[HUB];
  };
}

function openHub(): Hub {
  const subscribers = new Set<Subscriber>();
  const stopListening = onChanged((keys) => {
    sharedReads().forget();
    subscribers.forEach((one) => one.changed(keys));
  });
  let stopped = false;
  const check = async (): Promise<void> => {
    await endWhoMustLeave(subscribers);
    if (!stopped) timer = setTimeout(check, CHECK_MS);
  };
  let timer = setTimeout(check, CHECK_MS);
  const heartbeat = setInterval(() => subscribers.forEach((one) => one.heartbeat()), HEARTBEAT_MS);
  const stop = (): void => {
    stopped = true;
    clearTimeout(timer);
    clearInterval(heartbeat);
    stopListening();
  };
  return { subscribers, stop };
}

/** Ends streams whose session or token no longer lives; all of them when that cannot be known or changes no longer arrive. */
async function endWhoMustLeave(subscribers: ReadonlySet<Subscriber>): Promise<void> {
  const all = [...subscribers];
  try {
    await ownRedis().ping();
    const live = await liveCredentials(all);
    all.filter((one) => !live.has(credentialOf(one))).forEach((one) => one.end());
  } catch (error) {
    log.debug({ err: error }, "event streams closed: our Redis or Postgres does not answer");
    all.forEach((one) => one.end());
  }
}

async function liveCredentials(subscribers: readonly Subscriber[]): Promise<Set<string>> {
  const [sessions, tokens] = ["session", "token"].map((via) =>
    subscribers.filter((one) => one.actor.via === via).map(credentialOf),
  ) as [string[], string[]];
  const live = await Promise.all([
    sessions.length > 0 ? stillLive(sessions) : [],
    tokens.length > 0 ? tokensStillLive(tokens) : [],
  ]);
  return new Set(live.flatMap((ids) => [...ids]));
}

function credentialOf({ actor }: Subscriber): string {
  return actor.via === "token" ? actor.id.slice("token:".length) : (actor.sessionId ?? "");
}
