import { z } from "zod";
import { AppError, isAppError } from "#lib/core/errors.ts";
import { toJson } from "#lib/core/json.ts";
import { log } from "#lib/core/log.ts";
import { db } from "#lib/db/client.ts";
import { defineJob, type JobContext } from "#lib/jobs/define.ts";
import { ownRedis } from "#lib/jobs/redis.ts";
import type { LiveRead } from "#lib/signals/define.ts";
import { signalById } from "#lib/signals/index.ts";
import { isSourceError } from "#lib/sources/errors.ts";
import { seal, unseal } from "./envelope.ts";
import {
  type LiveAnswer,
  type LiveRequest,
  liveRequestSchema,
  replyLabel,
  REQUEST_LABEL,
} from "./protocol.ts";

/** One look at a target on somebody's request. Nothing of it stays: it is asked once, answered once and removed. */
export const liveJob = defineJob({
  name: "live.read",
  queue: "live",
  schema: z.object({ sealed: z.string() }),
  options: { attempts: 1, removeOnComplete: true, removeOnFail: true },
  handle: answerLive,
});

/** Worker side: looks at the target within the asker's budget and publishes the answer. */
export async function answerLive(data: { sealed: string }, context: JobContext): Promise<void> {
  const request = liveRequestSchema.parse(unseal(data.sealed, REQUEST_LABEL));
  const answer = await read(request, context).catch((error: unknown) => explain(request, error));
  const sealed = seal(answer, replyLabel(request.id));
  await ownRedis().publish(request.replyTo, JSON.stringify({ id: request.id, sealed }));
}

async function read(request: LiveRequest, context: JobContext): Promise<LiveAnswer> {
  const live = liveRead(request.signal, request.name);
  const params: unknown = live.params.parse(request.params);
  const revealed = await isRevealed(request, live.revealTarget(params));
  const abort = AbortSignal.timeout(request.budgetMs);
  const look = async () => {
    const source = await context.openSource(request.sourceId);
    return live.run({ source, revealed, abort }, params);
  };
  const found = await Promise.race([look(), expiry(abort)]);
  const fitting: unknown = live.data.parse(toJson(found));
  return { outcome: "read", data: fitting, observedAt: new Date().toISOString() };
}

/** The read behind a name. Throws `not_found` for names that no signal has. */
export function liveRead(signal: string, name: string): LiveRead {
  const reads = signalById(signal)?.live;
  const live = reads && Object.hasOwn(reads, name) ? reads[name] : undefined;
  if (!live) throw new AppError("not_found", `There is no live read ${signal}/${name}`);
  return live;
}

/** Only a grant that an audited action wrote lifts the mask, for its one target, until it runs out or the role is taken away. */
async function isRevealed(request: LiveRequest, target: string | null): Promise<boolean> {
  if (target === null || !request.mayReveal) return false;
  const { actorId, sourceId } = request;
  const grant = await db().revealGrant.findFirst({
    where: { actorId, sourceId, target, expiresAt: { gt: new Date() } },
    select: { id: true },
  });
  return grant !== null;
}

function expiry(abort: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    abort.addEventListener("abort", () =>
      reject(new AppError("timeout", "The source did not answer in time")),
    );
  });
}

function explain({ signal, name }: LiveRequest, error: unknown): LiveAnswer {
  if (isSourceError(error)) return { outcome: "unknown", reason: error.message };
  if (!isAppError(error) || error.code === "internal") {
    log.error({ err: error, signal, name }, "a live read failed");
    return { outcome: "unknown", reason: "The worker could not read it; its log says why." };
  }
  if (error.code === "timeout" || error.code === "unavailable") {
    return { outcome: "unknown", reason: `${error.message}.` };
  }
  const { detail, remedy } = error.options;
  return {
    outcome: "refused",
    code: error.code,
    title: error.message,
    ...(detail !== undefined && { detail }),
    ...(remedy !== undefined && { remedy }),
  };
}
