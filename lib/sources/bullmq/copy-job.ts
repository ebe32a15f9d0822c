// BullMQ exports no scripts; its version is pinned, and the tests run these against real queues.
import { reprocessJob } from "bullmq/dist/esm/scripts/reprocessJob-9.js";
import { type ActingLease, receiptsKey, staleLease } from "./acting-lease.ts";
import type { BullmqConnection } from "./connect.ts";
import { type FencedScript, runFenced } from "./fenced.ts";
import { retryKeys } from "./job-acts.ts";
import { SETS_ASIDE } from "./paused-list.ts";
import { payloadSha1 } from "./payload.ts";
import { queueKey, type QueueRef } from "./queries.ts";
import { stateKey } from "./states.ts";

/**
 * Lua: the copy is made as a failed job, which BullMQ's own retry then puts in line; the original goes in the same step, so that
 * nothing can send both. An original with children that still run stays as data only; one with a parent does not go at all,
 * because the parent may wait for it for ever. guardArgs: 1 to 5 are the copy's, 6 is the lease, 7 to 9 are the original's.
 */
export const COPY: FencedScript = {
  lua: reprocessJob.content,
  guard: `${SETS_ASIDE}
if guardArgs[6] ~= "" and redis.call("HGET", guardKeys[#guardKeys], "lease") ~= guardArgs[6] then return false, "stale" end
if redis.call("EXISTS", KEYS[1]) == 1 then return false, "there" end
if redis.call("EXISTS", KEYS[5]) == 0 then return false, "no_queue" end
if guardArgs[7] then
  local original = guardKeys[3]
  if redis.call("ZSCORE", guardKeys[2], guardArgs[7]) ~= guardArgs[8] then return false, "acted_on" end
  local data, parent = unpack(redis.call("HMGET", original, "data", "parentKey"))
  if redis.sha1hex(data or "") ~= guardArgs[9] then return false, "changed" end
  if parent then return false, "child" end
  redis.call("ZREM", guardKeys[2], guardArgs[7])
  if redis.call("SCARD", original .. ":dependencies") == 0 then
    for _, part in ipairs({"", ":logs", ":dependencies", ":processed", ":failed", ":unsuccessful"}) do
      redis.call("DEL", original .. part)
    end
  end
end
redis.call("HSET", KEYS[1], "name", guardArgs[1], "data", guardArgs[2], "opts", guardArgs[3], "priority", guardArgs[4],
  "timestamp", guardArgs[5], "delay", "0")
redis.call("ZADD", KEYS[3], guardArgs[5], ARGV[1])
if setsAside(KEYS[5], guardKeys[1]) then KEYS[4] = guardKeys[1] end`,
  changed: "code == 1",
};

export interface CopyAct {
  /** Where it goes: a queue that exists. */
  queue: QueueRef;
  runId: string;
  /** The copy's own id; a job of that id that is there already is left alone. */
  id: string;
  name: string;
  data: Buffer;
  /** The job's options as BullMQ stores them, in JSON. */
  opts: string;
  priority: number;
  lifo: boolean;
  /** The failed job it stands in for, which must still be failed and hold `data` as they were read, and goes. */
  original?: { queue: QueueRef; id: string; score: string; data: Buffer };
  /** Of whoever copies many jobs: once somebody else took over nothing is done. */
  held?: ActingLease;
}

/**
 * `there`: a job of the copy's id is there, or was added by the same run. `acted_on`: something has acted on the original since;
 * `changed`: it is still that failure, with another payload; `child`: it has a parent.
 */
export type CopyAnswer = "done" | "there" | "no_queue" | "acted_on" | "changed" | "child";

/** Adds a job from what is known of another. Throws when the lease is not the newest one any more. */
export async function addCopy(conn: BullmqConnection, act: CopyAct): Promise<CopyAnswer> {
  const { queue, runId, id, name, data, opts, priority, lifo, original, held } = act;
  const answer = await runFenced(conn, COPY, {
    queue,
    runId,
    keys: retryKeys(queue, id),
    args: [id, lifo ? "RPUSH" : "LPUSH", "failedReason", "failed", "0", "0"],
    guardKeys: [
      queueKey(queue, "paused"),
      ...(original
        ? [stateKey(original.queue, "failed"), queueKey(original.queue, original.id)]
        : []),
      ...(held ? [receiptsKey(held)] : []),
    ],
    guardArgs: [
      name,
      data,
      opts,
      String(priority),
      String(Date.now()),
      held ? String(held.lease) : "",
      ...(original ? [original.id, original.score, payloadSha1(original.data)] : []),
    ],
  });
  if (answer.outcome !== "fenced") return answer.outcome === "done" ? "done" : "there";
  if (answer.why === "stale") throw staleLease();
  return answer.why as CopyAnswer;
}
