import { randomInt } from "node:crypto";
import type { BullmqConnection } from "./connect.ts";
import { queueKey, type QueueRef } from "./queries.ts";
import { stateKey } from "./states.ts";
import { type Progress, runSteps } from "./stepped.ts";

/**
 * Lua: KEYS are `delayed`, `marker` and a set of the jobs that were moved ahead of where we are; ARGV the queue's key prefix, the
 * lowest and highest score, start and end of the new times, their length, when the wave was looked at, now, and a random seed.
 * Scores, `delay` and the marker become what BullMQ's changeDelay makes of them. It would also write an event for each job,
 * which on a large wave pushes everything else out of the stream; nobody waits for these.
 */
const SPREAD = `
local delayed, marker, moved = KEYS[1], KEYS[2], KEYS[3]
local from, skip = state.from or ARGV[2], tonumber(state.skip or 0)
local start, stop, length, seen, now = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
math.randomseed(tonumber(ARGV[9]))
if now > start then start = now end
if start >= stop then stop = start + length end
local function freeScore(due)
  local lowest, highest = due * 4096, due * 4096 + 4095
  local last = redis.call("ZREVRANGEBYSCORE", delayed, highest, lowest, "WITHSCORES", "LIMIT", 0, 1)[2]
  return last and math.min(tonumber(last) + 1, highest) or lowest
end
local function retrying(id, job, score)
  local made, older, delay = unpack(redis.call("HMGET", job, "atm", "attemptsMade", "delay"))
  if tonumber(made or older or 0) == 0 then return false end
  return math.floor(tonumber(score) / 4096) - tonumber(delay or 0) <= seen
end
local function move(id, job, score)
  local due = start + math.floor(math.random() * (stop - start))
  redis.call("ZREM", delayed, id)
  local new = freeScore(due)
  redis.call("ZADD", delayed, new, id)
  redis.call("HSET", job, "delay", due - now)
  state.changed = state.changed + 1
  if new < tonumber(score) or new > tonumber(ARGV[3]) then return end
  redis.call("SADD", moved, id)
  redis.call("PEXPIRE", moved, 86400000)
  if new == tonumber(score) then skip = skip + 1 end
end
local found = redis.call("ZRANGEBYSCORE", delayed, from, ARGV[3], "WITHSCORES", "LIMIT", skip, STEP)
for at = 1, #found, 2 do
  local id, score = found[at], found[at + 1]
  local job = ARGV[1] .. id
  if score ~= state.from then state.from, skip = score, 0 end
  if redis.call("SISMEMBER", moved, id) == 1 then
    skip = skip + 1
  elseif retrying(id, job, score) then
    move(id, job, score)
  else
    state.kept, skip = state.kept + 1, skip + 1
  end
end
state.skip = tostring(skip)
local first = redis.call("ZRANGE", delayed, 0, 0, "WITHSCORES")[2]
if first then redis.call("ZADD", marker, tonumber(first) / 4096, "1") end
if #found < 2 * STEP then
  redis.call("UNLINK", moved)
  return "done"
end`;

export interface Spread {
  queue: QueueRef;
  runId: string;
  /** Milliseconds since 1970: jobs due in this time are moved, to and including `to`. */
  from: number;
  to: number;
  /** Their new times are spread evenly over this time, or over as long from now when it is over. */
  start: number;
  end: number;
  /** Jobs that were delayed later than this are left alone. */
  seenAt: number;
  abort: AbortSignal;
}

export const SPREAD_PART = "spread";

/** Gives the retrying jobs of a wave new random due times, none earlier than now. Scheduled jobs stay where they are. */
export function spreadDelayed(conn: BullmqConnection, spread: Spread): Promise<Progress> {
  const { queue, runId, from, to, start, end, seenAt, abort } = spread;
  const call = {
    queue,
    runId,
    part: SPREAD_PART,
    lua: SPREAD,
    keys: [
      stateKey(queue, "delayed"),
      queueKey(queue, "marker"),
      queueKey(queue, `plumbline-progress:${runId}:moved`),
    ],
    args: [queueKey(queue, ""), lowest(from), highest(to), start, end, end - start, seenAt],
    fresh: () => [Date.now(), randomInt(2 ** 31)],
  };
  return runSteps(conn, call, abort);
}

/** A score is the due time in milliseconds times 4096, plus a sequence. */
const lowest = (ms: number): number => ms * 4_096;
const highest = (ms: number): number => ms * 4_096 + 4_095;
