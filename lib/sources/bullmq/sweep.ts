import type { BullmqConnection } from "./connect.ts";
import { queueKey, type QueueRef } from "./queries.ts";
import { type Progress, runSteps, type SteppedCall } from "./stepped.ts";
import { stateKey } from "./states.ts";

/** How many jobs may have come behind our place in a list since the step before. */
const MAX_DRIFT = 5_000;

/**
 * Lua: KEYS 2 and 3 are `repeat` and `events`, ARGV 1 the queue's key prefix. `stays(id)` tells whether BullMQ would mind: a flow's
 * parent with jobs pending, a job that such a parent waits for, the next run of a scheduler. `remove(id)` deletes a job's data as
 * BullMQ's own `clean` does; what that does to a waiting parent cannot happen, because such jobs stay.
 */
const LIB = `
local prefix = ARGV[1]
local function stays(id, job)
  if string.match(id, "^0:%d*$") then return true end
  if redis.call("EXISTS", job .. ":lock") == 1 or redis.call("SCARD", job .. ":dependencies") > 0 then return true end
  local parent, scheduler = unpack(redis.call("HMGET", job, "parentKey", "rjk"))
  if parent and redis.call("SISMEMBER", parent .. ":dependencies", job) == 1 then return true end
  local due = scheduler and redis.call("ZSCORE", KEYS[2], scheduler)
  return due and id == "repeat:" .. scheduler .. ":" .. due
end
local function remove(id, job)
  local deduplicated = redis.call("HGET", job, "deid")
  if deduplicated and redis.call("GET", prefix .. "de:" .. deduplicated) == id then
    redis.call("DEL", prefix .. "de:" .. deduplicated, prefix .. "dn:" .. deduplicated)
  end
  redis.call("UNLINK", job, job .. ":logs", job .. ":dependencies", job .. ":processed", job .. ":failed", job .. ":unsuccessful")
end
local function done()
  redis.call("XADD", KEYS[3], "*", "event", "cleaned", "count", state.changed)
  return "done"
end`;

/**
 * Lua: KEYS 1 is a sorted set; ARGV 2 and 3 its highest score and the most jobs to remove; ARGV 4… are for `later`, which tells
 * the jobs that came after the look, and `unsure`, which tells those of which nobody can say.
 */
const SWEEP_SET = (later: string, unsure = "return false"): string => `${LIB}
local function later(id, job, score)
${later}
end
local function unsure(score)
${unsure}
end
local from, skip = state.from or "-inf", tonumber(state.skip or 0)
local found = redis.call("ZRANGEBYSCORE", KEYS[1], from, ARGV[2], "WITHSCORES", "LIMIT", skip, STEP)
for at = 1, #found, 2 do
  if state.changed >= tonumber(ARGV[3]) then return done() end
  local id, score = found[at], found[at + 1]
  local job = prefix .. id
  if score ~= state.from then state.from, skip = score, 0 end
  if later(id, job, score) then
    skip = skip + 1
  elseif unsure(score) or stays(id, job) then
    state.kept, skip = state.kept + 1, skip + 1
  else
    remove(id, job)
    redis.call("ZREM", KEYS[1], id)
    state.changed = state.changed + 1
  end
end
state.skip = tostring(skip)
if #found < 2 * STEP then return done() end`;

/**
 * Lua: KEYS 1 and 4 are a list and `meta`; ARGV 2 to 4 the newest and the oldest job that were seen, and how many there were. While
 * a queue is paused nothing leaves its lists, and what comes goes to their ends: between the two there is only what was seen.
 * Jobs that are kept stay behind our place, so it is known by its distance from the end; only when something came there is it
 * looked for.
 */
const SWEEP_LIST = `${LIB}
if redis.call("HEXISTS", KEYS[4], "paused") == 0 then return "resumed" end
if redis.call("EXISTS", prefix .. ARGV[2]) == 0 then return "moved" end
local place, behind = state.at or ARGV[3], tonumber(state.behind or 0)
local length = redis.call("LLEN", KEYS[1])
local last = length - 1 - behind
if last < 0 or redis.call("LINDEX", KEYS[1], last) ~= place then
  last = redis.call("LPOS", KEYS[1], place, "RANK", -1, "MAXLEN", behind + ${MAX_DRIFT})
end
if not last then return "moved" end
local first = math.max(0, last - STEP + 1)
local ids = redis.call("LRANGE", KEYS[1], first, last)
local marked, ended = 0, first == 0
local before = first > 0 and redis.call("LINDEX", KEYS[1], first - 1 - length)
for at = #ids, 1, -1 do
  local id = ids[at]
  local job = prefix .. id
  if stays(id, job) then
    state.kept = state.kept + 1
  else
    remove(id, job)
    redis.call("LSET", KEYS[1], first + at - 1 - length, "")
    marked = marked + 1
    state.changed = state.changed + 1
  end
  if id == ARGV[2] or state.changed + state.kept >= tonumber(ARGV[4]) then
    ended = true
    break
  end
end
if marked > 0 then redis.call("LREM", KEYS[1], -marked, "") end
if ended then return done() end
state.at, state.behind = before, length - 1 - last + #ids - marked`;

interface Sweep {
  queue: QueueRef;
  runId: string;
  abort: AbortSignal;
}

/** Deletes finished jobs that ended up to `before` (milliseconds), at most `limit`. */
export function sweepFinished(
  conn: BullmqConnection,
  { state, before, limit, ...sweep }: Sweep & Cleaned,
): Promise<Progress> {
  const lua = SWEEP_SET("return false");
  return runSteps(conn, call(sweep, state, lua, [before, limit]), sweep.abort);
}

export interface Cleaned {
  state: "completed" | "failed";
  before: number;
  limit: number;
}

/** A waiting list as it was seen: its ends and its length. */
export interface SeenList {
  state: "waiting" | "paused";
  newest: string;
  oldest: string;
  count: number;
}

/** Deletes what was seen in a list of a paused queue. Stops with "resumed", or with "moved" when its ends are not there. */
export function sweepList(
  conn: BullmqConnection,
  { list, ...sweep }: Sweep & { list: SeenList },
): Promise<Progress> {
  const { state, newest, oldest, count } = list;
  return runSteps(conn, call(sweep, state, SWEEP_LIST, [newest, oldest, count]), sweep.abort);
}

/** Jobs get a number when they come into the prioritized set. */
const CAME_LATER = `return math.fmod(tonumber(score), 4294967296) > tonumber(ARGV[4])`;

/** Those that a worker gave back have the number 0: before the look or after it. */
const GIVEN_BACK = `return math.fmod(tonumber(score), 4294967296) == 0`;

/** Deletes the prioritized jobs up to this number of their counter, at most `limit`. */
export function sweepPrioritized(
  conn: BullmqConnection,
  { counter, limit, ...sweep }: Sweep & { counter: number; limit: number },
): Promise<Progress> {
  const lua = SWEEP_SET(CAME_LATER, GIVEN_BACK);
  return runSteps(conn, call(sweep, "prioritized", lua, ["+inf", limit, counter]), sweep.abort);
}

/** A delayed job's due time less its delay is when it was delayed; ids that BullMQ gave tell more. */
const DELAYED_LATER = `
local delay = tonumber(redis.call("HGET", job, "delay") or 0)
local number = string.match(id, "^%d+$") and tonumber(id)
return math.floor(tonumber(score) / 4096) - delay > tonumber(ARGV[4]) or (number and number > tonumber(ARGV[5]))`;

/** Deletes the jobs that were delayed up to `at` (milliseconds) and got no number after `lastId`, at most `limit`. */
export function sweepDelayed(
  conn: BullmqConnection,
  { at, lastId, limit, ...sweep }: Sweep & { at: number; lastId: number; limit: number },
): Promise<Progress> {
  const lua = SWEEP_SET(DELAYED_LATER);
  return runSteps(conn, call(sweep, "delayed", lua, ["+inf", limit, at, lastId]), sweep.abort);
}

function call(
  { queue, runId }: Pick<Sweep, "queue" | "runId">,
  state: Parameters<typeof stateKey>[1],
  lua: string,
  args: readonly (string | number)[],
): SteppedCall {
  const keys = ["repeat", "events", "meta"].map((part) => queueKey(queue, part));
  return {
    queue,
    runId,
    part: state,
    lua,
    keys: [stateKey(queue, state), ...keys],
    args: [queueKey(queue, ""), ...args],
  };
}
