import type { Job as StoredJob } from "bullmq";
import type { Actor } from "#lib/auth/actor.ts";
import { can } from "#lib/auth/policy.ts";
import { AppError, isAppError } from "#lib/core/errors.ts";
import { newId } from "#lib/core/ids.ts";
import { parseInput } from "#lib/core/parse.ts";
import type { Reading } from "#lib/core/reading.ts";
import { SECOND } from "#lib/core/time.ts";
import { db } from "#lib/db/client.ts";
import { readyRedis } from "#lib/jobs/redis.ts";
import { signalById } from "#lib/signals/index.ts";
import { liveJob, liveRead } from "./answer.ts";
import { seal } from "./envelope.ts";
import { type LiveAnswer, type LiveRequest, REQUEST_LABEL } from "./protocol.ts";
import { replies } from "./replies.ts";

/** Somebody looks at a spinner: longer than this is told as "unknown". */
const BUDGET_MS = 4 * SECOND;
/** How often a page that shows a live answer asks again. */
export const LIVE_INTERVAL_SECONDS = 10;

export interface LiveQuestion {
  actor: Actor;
  signal: string;
  /** The key under the signal's `live`. */
  name: string;
  /** The source's name. */
  source: string;
  params: unknown;
  budgetMs?: number;
}

/**
 * Asks a worker to look at the target itself, because this process has no credentials. Always answers within the budget:
 * a target, worker or Redis that is away makes the reading `unknown`, with the reason. Throws `forbidden`, `not_found` or
 * `bad_request` when the question itself is wrong.
 */
export async function askLive<T = unknown>(question: LiveQuestion): Promise<Reading<T | null>> {
  const { actor, signal, name } = question;
  if (!can(actor, `${signal}.read`)) {
    throw new AppError("forbidden", `Your roles do not allow ${signal}.read`);
  }
  const live = liveRead(signal, name);
  const params = parseInput(live.params, question.params, "bad_request", "query");
  const sourceId = await findSource(signal, question.source);
  const mayReveal = can(actor, `${signal}.reveal`);
  const ask = { id: newId(), actorId: actor.id, mayReveal, signal, name, sourceId, params };
  const answer = await exchange(ask, question.budgetMs ?? BUDGET_MS);
  return toReading<T>(answer);
}

async function findSource(signal: string, name: string): Promise<string> {
  const source = await db().source.findUnique({ where: { name } });
  const kinds: readonly string[] = signalById(signal)?.sources ?? [];
  if (source?.enabled && kinds.includes(source.kind)) return source.id;
  throw new AppError("not_found", `There is no source ${name} with ${signal}`, {
    remedy: "Choose a source that is listed under Settings, Sources.",
  });
}

type Ask = Omit<LiveRequest, "replyTo" | "budgetMs">;

async function exchange(ask: Ask, budgetMs: number): Promise<LiveAnswer> {
  const { promise, resolve } = Promise.withResolvers<LiveAnswer>();
  const hub = replies();
  let sent: StoredJob | undefined;
  const timer = setTimeout(() => void giveUp(sent, budgetMs).then(resolve), budgetMs);
  hub.waiting.set(ask.id, resolve);
  try {
    const send = async () => {
      await readyRedis();
      await hub.ready;
      // The worker stops a little earlier, so that its own reason still arrives.
      const request = { ...ask, replyTo: hub.channel, budgetMs: Math.ceil(budgetMs * 0.8) };
      sent = await liveJob.enqueue({ sealed: seal(request, REQUEST_LABEL) });
    };
    send().catch((error: unknown) => resolve({ outcome: "unknown", reason: reasonOf(error) }));
    return await promise;
  } finally {
    clearTimeout(timer);
    hub.waiting.delete(ask.id);
  }
}

/** Takes the question back, so that no worker answers it to nobody; whether that works tells where it was stuck. */
async function giveUp(sent: StoredJob | undefined, budgetMs: number): Promise<LiveAnswer> {
  const seconds = Math.round(budgetMs / SECOND);
  if (!sent) return { outcome: "unknown", reason: "Plumbline's own Redis does not answer." };
  const taken = await sent.remove().then(
    () => false,
    () => true,
  );
  const reason = taken
    ? `The source did not answer within ${seconds} s.`
    : `No worker took the question within ${seconds} s: is one running?`;
  return { outcome: "unknown", reason };
}

const reasonOf = (error: unknown): string =>
  isAppError(error) ? `${error.message}.` : "Plumbline's own Redis does not answer.";

function toReading<T>(answer: LiveAnswer): Reading<T | null> {
  if (answer.outcome === "refused") {
    const { code, title, detail, remedy } = answer;
    throw new AppError(code, title, {
      ...(detail !== undefined && { detail }),
      ...(remedy !== undefined && { remedy }),
    });
  }
  const intervalSeconds = LIVE_INTERVAL_SECONDS;
  if (answer.outcome === "unknown") {
    return {
      data: null,
      observedAt: null,
      quality: "unknown",
      intervalSeconds,
      reason: answer.reason,
    };
  }
  const { observedAt } = answer;
  return { data: answer.data as T, observedAt, quality: "exact", intervalSeconds };
}
