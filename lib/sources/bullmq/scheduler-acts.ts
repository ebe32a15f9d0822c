import { changeDelay } from "bullmq/dist/esm/scripts/changeDelay-4.js";
import { promote } from "bullmq/dist/esm/scripts/promote-9.js";
import { removeJobScheduler } from "bullmq/dist/esm/scripts/removeJobScheduler-3.js";
import type { BullmqConnection } from "./connect.ts";
import { type FencedAnswer, type FencedScript, runFenced } from "./fenced.ts";
import { SETS_ASIDE } from "./paused-list.ts";
import { queueKey, type QueueRef } from "./queries.ts";
import { pausedSchedulerKey, pausedSchedulersKey, schedulerKey } from "./schedulers.ts";

interface SchedulerAct {
  queue: QueueRef;
  runId: string;
  /** The scheduler's id. */
  id: string;
}

/** Lua: guardKeys 1 is the definition; guardArgs are its `opts` as they were read, and those of the job, its priority and now. */
const RUN: FencedScript = {
  lua: promote.content,
  guard: `${SETS_ASIDE}
local name, data, opts, iterations = unpack(redis.call("HMGET", guardKeys[1], "name", "data", "opts", "ic"))
local job = ARGV[1] .. ARGV[2]
if not iterations or (opts or "") ~= guardArgs[1] or redis.call("EXISTS", job) == 1 then return false end
redis.call("HSET", job, "name", name, "data", data or "{}", "opts", guardArgs[2], "priority", guardArgs[3], "timestamp", guardArgs[4], "delay", "0")
redis.call("ZADD", KEYS[1], 0, ARGV[2])
redis.call("XADD", KEYS[8], "*", "event", "added", "jobId", ARGV[2], "name", name)
if setsAside(KEYS[4], KEYS[3]) then KEYS[2] = KEYS[3] end`,
  changed: "code == 0",
};

export interface RunAct extends SchedulerAct {
  /** The new job's own id. */
  job: string;
  /** The options of the definition as they were read, in JSON, and those of the job. */
  template: string;
  opts: string;
  priority: number;
}

/** Adds one job more from the definition, made and put in line by BullMQ's own promote. The schedule stays as it is. */
export function runScheduler(conn: BullmqConnection, act: RunAct): Promise<FencedAnswer> {
  const { queue, runId, id, job, template, opts, priority } = act;
  const parts = "delayed wait paused meta prioritized active pc events marker".split(" ");
  return runFenced(conn, RUN, {
    queue,
    runId,
    keys: parts.map((part) => queueKey(queue, part)),
    args: [queueKey(queue, ""), job],
    guardKeys: [schedulerKey(queue, id)],
    guardArgs: [template, opts, String(priority), String(Date.now())],
  });
}

/** What must not have changed between a look and a pause. */
export interface Definition {
  name: string | null;
  pattern: string | null;
  every: number | null;
}

/** Lua: guardKeys are the definition, where it waits, the list of those, and `delayed`; guardArgs the definition and now. */
const PAUSE: FencedScript = {
  lua: removeJobScheduler.content,
  guard: `
local due = redis.call("ZSCORE", KEYS[1], ARGV[1])
local name, pattern, every, iterations = unpack(redis.call("HMGET", guardKeys[1], "name", "pattern", "every", "ic"))
if not due or not iterations then return false end
if (name or "") ~= guardArgs[1] or (pattern or "") ~= guardArgs[2] or (every or "") ~= guardArgs[3] then return false end
local job = "repeat:" .. ARGV[1] .. ":" .. due
local opts = redis.call("HGET", ARGV[2] .. job, "opts") or ""
local delayed = redis.call("ZSCORE", guardKeys[4], job) and "1" or "0"
redis.call("RENAME", guardKeys[1], guardKeys[2])
redis.call("HSET", guardKeys[2], "plumbline.next", due, "plumbline.opts", opts, "plumbline.delayed", delayed, "plumbline.at", guardArgs[4])
redis.call("ZADD", guardKeys[3], guardArgs[4], ARGV[1])`,
  changed: "true",
};

/** Moves a definition out of BullMQ's sight and takes its next run back, in one step. BullMQ answers 0. */
export function pauseScheduler(
  conn: BullmqConnection,
  { queue, runId, id, name, pattern, every }: SchedulerAct & Definition,
): Promise<FencedAnswer> {
  return runFenced(conn, PAUSE, {
    queue,
    runId,
    keys: ["repeat", "delayed", "events"].map((part) => queueKey(queue, part)),
    args: [id, queueKey(queue, "")],
    guardKeys: [
      schedulerKey(queue, id),
      pausedSchedulerKey(queue, id),
      pausedSchedulersKey(queue),
      queueKey(queue, "delayed"),
    ],
    guardArgs: [name ?? "", pattern ?? "", every === null ? "" : String(every), String(Date.now())],
  });
}

/**
 * Lua: guardKeys are `repeat`, the definition, where it waits, and the list of those; guardArgs the scheduler's id, when it was
 * paused, its next run, that job's options and priority. A job that is there already keeps its time slot.
 */
const RESUME: FencedScript = {
  lua: changeDelay.content,
  guard: `
if redis.call("ZSCORE", guardKeys[1], guardArgs[1]) then return false end
if redis.call("HGET", guardKeys[3], "plumbline.at") ~= guardArgs[2] or redis.call("EXISTS", ARGV[4]) == 1 then return false end
redis.call("RENAME", guardKeys[3], guardKeys[2])
redis.call("HDEL", guardKeys[2], "plumbline.next", "plumbline.opts", "plumbline.delayed", "plumbline.at")
redis.call("ZREM", guardKeys[4], guardArgs[1])
redis.call("ZADD", guardKeys[1], guardArgs[3], guardArgs[1])
local name, data = unpack(redis.call("HMGET", guardKeys[2], "name", "data"))
redis.call("HSET", ARGV[4], "name", name, "data", data or "{}", "opts", guardArgs[4], "priority", guardArgs[5], "timestamp", ARGV[2],
  "rjk", guardArgs[1])
redis.call("XADD", KEYS[4], "*", "event", "added", "jobId", ARGV[3], "name", name)
redis.call("ZADD", KEYS[1], 0, ARGV[3])`,
  changed: "code == 0",
};

export interface ResumeAct extends SchedulerAct {
  pausedAt: number;
  /** Milliseconds since 1970. */
  next: number;
  opts: string;
  priority: number;
}

/** Puts a definition back as it was, with its next run made and delayed by BullMQ's own changeDelay. BullMQ answers 0. */
export function resumeScheduler(conn: BullmqConnection, act: ResumeAct): Promise<FencedAnswer> {
  const { queue, runId, id, pausedAt, next, opts, priority } = act;
  const job = nextJobId(id, next);
  const now = Date.now();
  return runFenced(conn, RESUME, {
    queue,
    runId,
    keys: ["delayed", "meta", "marker", "events"].map((part) => queueKey(queue, part)),
    args: [Math.max(0, next - now), now, job, queueKey(queue, job)],
    guardKeys: [
      queueKey(queue, "repeat"),
      schedulerKey(queue, id),
      pausedSchedulerKey(queue, id),
      pausedSchedulersKey(queue),
    ],
    guardArgs: [id, String(pausedAt), String(next), opts, String(priority)],
  });
}

/** The id that BullMQ gives to the run of a scheduler at this time. */
export const nextJobId = (id: string, next: number): string => `repeat:${id}:${next}`;
