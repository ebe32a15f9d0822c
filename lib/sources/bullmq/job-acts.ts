// BullMQ exports no scripts; its version is pinned, and the tests run these against real queues.
import { promote } from "bullmq/dist/esm/scripts/promote-9.js";
import { removeJob } from "bullmq/dist/esm/scripts/removeJob-2.js";
import { reprocessJob } from "bullmq/dist/esm/scripts/reprocessJob-9.js";
import type { BullmqConnection } from "./connect.ts";
import { type FencedAnswer, type FencedScript, runFenced } from "./fenced.ts";
import { SETS_ASIDE } from "./paused-list.ts";
import { queueKey, type QueueRef } from "./queries.ts";
import { type JobState, SET_STATES, stateKey } from "./states.ts";

export interface JobAct {
  queue: QueueRef;
  id: string;
  runId: string;
  /** The job's score in the set of its state, as it was read: no score, no change. */
  score: string;
}

/** Lua: guardArgs 3 and 4, where given, are the payload's SHA-1 as it must be and what it becomes. */
export const RETRY: FencedScript = {
  lua: reprocessJob.content,
  guard: `${SETS_ASIDE}
if redis.call("ZSCORE", KEYS[3], ARGV[1]) ~= guardArgs[1] then return false end
local made = redis.call("HMGET", KEYS[1], "atm", "attemptsMade")
if tostring(made[1] or made[2] or 0) ~= guardArgs[2] then return false end
if guardArgs[3] then
  if redis.sha1hex(redis.call("HGET", KEYS[1], "data") or "") ~= guardArgs[3] then return false end
  redis.call("HSET", KEYS[1], "data", guardArgs[4])
end
if ARGV[5] == "1" then redis.call("HDEL", KEYS[1], "attemptsMade", "stc", "stalledCounter") end
if setsAside(KEYS[5], guardKeys[1]) then KEYS[4] = guardKeys[1] end`,
  changed: "code == 1",
};

export interface RetryAct extends JobAct {
  attemptsMade: number;
  lifo: boolean;
  /** Gives the job all its attempts and stalls again; otherwise it gets one more attempt. */
  resetAttempts?: boolean;
  /** Another payload, used only while the present one is the one with this SHA-1 (hex). */
  edit?: { from: string; data: Buffer };
}

/**
 * Puts a failed job back in line, with its priority and order, while its failure is still the one that was read: the score is
 * its time, and the attempts tell two failures of one millisecond apart. BullMQ answers 1; -1: its data is gone.
 */
export function retryFailed(conn: BullmqConnection, act: RetryAct): Promise<FencedAnswer> {
  const { queue, id, runId, score, attemptsMade, lifo, resetAttempts, edit } = act;
  const reset = resetAttempts ? "1" : "0";
  return runFenced(conn, RETRY, {
    queue,
    runId,
    keys: retryKeys(queue, id),
    args: [id, lifo ? "RPUSH" : "LPUSH", "failedReason", "failed", reset, reset],
    guardKeys: [queueKey(queue, "paused")],
    guardArgs: [score, String(attemptsMade), ...(edit ? [edit.from, edit.data] : [])],
  });
}

/** The keys of BullMQ's reprocessJob, in its order. */
export const retryKeys = (queue: QueueRef, id: string): string[] =>
  [id, "events", "failed", "wait", "meta", "active", "marker", "prioritized", "pc"].map((part) =>
    queueKey(queue, part),
  );

const PROMOTE: FencedScript = {
  lua: promote.content,
  guard: `${SETS_ASIDE}
if redis.call("ZSCORE", KEYS[1], ARGV[2]) ~= guardArgs[1] then return false end
if redis.call("EXISTS", ARGV[1] .. ARGV[2]) == 0 then return false end
if setsAside(KEYS[4], KEYS[3]) then KEYS[2] = KEYS[3] end`,
  changed: "code == 0",
};

/** Runs a delayed job now, while it is still due when it was. BullMQ answers 0. */
export function promoteDelayed(
  conn: BullmqConnection,
  { queue, id, runId, score }: JobAct,
): Promise<FencedAnswer> {
  const parts = [
    "delayed",
    "wait",
    "paused",
    "meta",
    "prioritized",
    "active",
    "pc",
    "events",
    "marker",
  ];
  return runFenced(conn, PROMOTE, {
    queue,
    runId,
    keys: parts.map((part) => queueKey(queue, part)),
    args: [queueKey(queue, ""), id],
    guardArgs: [score],
  });
}

/** In a list a job has no score: then it must be in none of the sets. */
const REMOVE: FencedScript = {
  lua: removeJob.content,
  guard: `
if redis.call("HGET", KEYS[1], "timestamp") ~= guardArgs[1] then return false end
if redis.call("SCARD", KEYS[1] .. ":dependencies") > 0 then return false end
for at, key in ipairs(guardKeys) do
  local score = redis.call("ZSCORE", key, ARGV[1]) or ""
  if score ~= guardArgs[at + 1] then return false end
end`,
  changed: "code == 1",
};

/**
 * Deletes a job with its logs, while it is the same job in the same state. BullMQ answers 1; 0: a worker holds it; -8: it is the
 * next run of a scheduler.
 */
export function removeFrom(
  conn: BullmqConnection,
  state: JobState,
  {
    queue,
    id,
    runId,
    score,
    addedAt,
  }: Omit<JobAct, "score"> & { score: string | null; addedAt: string },
): Promise<FencedAnswer> {
  const scores = SET_STATES.map((set) => (set === state ? (score ?? "") : ""));
  return runFenced(conn, REMOVE, {
    queue,
    runId,
    keys: [queueKey(queue, id), queueKey(queue, "repeat")],
    args: [id, "0", queueKey(queue, "")],
    guardKeys: SET_STATES.map((set) => stateKey(queue, set)),
    guardArgs: [addedAt, ...scores],
  });
}
