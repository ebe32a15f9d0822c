import { pause } from "bullmq/dist/esm/scripts/pause-7.js";
import type { BullmqConnection } from "./connect.ts";
import { type FencedAnswer, type FencedScript, runFenced } from "./fenced.ts";
import { SETS_ASIDE } from "./paused-list.ts";
import { queueKey, type QueueRef } from "./queries.ts";

/** Jobs moved in one step at most: some 2 ms of the server's time. */
const MERGED_AT_ONCE = 5_000;

/** Lua: KEYS 1 and 2 are `wait` and `paused`. Jobs that were left aside earlier stay first in line. */
const PAUSE: FencedScript = {
  lua: pause.content,
  guard: `${SETS_ASIDE}
if redis.call("HEXISTS", KEYS[3], "paused") == 1 then return false end
if older(KEYS[3]) and redis.call("EXISTS", KEYS[1]) == 1 then
  if redis.call("LLEN", KEYS[2]) > ${MERGED_AT_ONCE} then return false end
  local leftover = redis.call("LRANGE", KEYS[2], 0, -1)
  redis.call("RENAME", KEYS[1], KEYS[2])
  if #leftover > 0 then redis.call("RPUSH", KEYS[2], unpack(leftover)) end
end`,
  changed: "true",
};

/** Lua: KEYS 1 and 2 are `paused` and `wait`. When both hold jobs, BullMQ 6 would move the older list, however long it is. */
const RESUME: FencedScript = {
  lua: pause.content,
  guard: `
if redis.call("HEXISTS", KEYS[3], "paused") == 0 and redis.call("EXISTS", KEYS[1]) == 0 then return false end
local newer = redis.call("LLEN", KEYS[2])
if newer > 0 and newer <= ${MERGED_AT_ONCE} and redis.call("EXISTS", KEYS[1]) == 1 then
  local jobs = redis.call("LRANGE", KEYS[2], 0, -1)
  redis.call("DEL", KEYS[2])
  for at = #jobs, 1, -1 do redis.call("LPUSH", KEYS[1], jobs[at]) end
end`,
  changed: "true",
};

interface QueueAct {
  queue: QueueRef;
  runId: string;
}

/** Stops workers from taking jobs, unless the queue is paused already. BullMQ answers 0. */
export function pauseQueue(
  conn: BullmqConnection,
  { queue, runId }: QueueAct,
): Promise<FencedAnswer> {
  const call = { queue, runId, keys: keysOf(queue, "wait", "paused"), args: ["paused", "1"] };
  return runFenced(conn, PAUSE, call);
}

/** Lets workers go on, and puts back what older versions set aside. BullMQ answers how many jobs are still aside. */
export async function resumeQueue(
  conn: BullmqConnection,
  { queue, runId }: QueueAct,
): Promise<FencedAnswer> {
  const keys = keysOf(queue, "paused", "wait");
  const answer = await runFenced(conn, RESUME, { queue, runId, keys, args: ["resumed", "1"] });
  if (answer.outcome === "done") await putBackRest(conn, keys, answer.code);
  if (answer.outcome === "repeated") await putBackRest(conn, keys, 1);
  return answer;
}

/** Lua: KEYS as for RESUME. Stops when somebody pauses the queue again. */
const PUT_BACK = `
if redis.call("HEXISTS", KEYS[3], "paused") == 1 then return 0 end
local jobs = redis.call("LRANGE", KEYS[1], 0, ${MERGED_AT_ONCE - 1})
if #jobs == 0 then return 0 end
redis.call("RPUSH", KEYS[2], unpack(jobs))
redis.call("LTRIM", KEYS[1], #jobs, -1)
redis.call("ZADD", KEYS[7], 0, "0")
return redis.call("LLEN", KEYS[1])`;

/** A very long list comes back in steps, so that the server's other clients are not held up. */
async function putBackRest(
  conn: BullmqConnection,
  keys: readonly string[],
  aside: number,
): Promise<void> {
  let rest = aside;
  while (rest > 0) {
    rest = Number(await conn.run((redis) => redis.eval(PUT_BACK, keys.length, ...keys)));
  }
}

/** Whether a queue runs while jobs are still set aside: whoever resumed it did not come to the end of it. */
export async function isHalfResumed(conn: BullmqConnection, queue: QueueRef): Promise<boolean> {
  const [aside, paused] = await conn.run((redis) =>
    Promise.all([
      redis.exists(queueKey(queue, "paused")),
      redis.hexists(queueKey(queue, "meta"), "paused"),
    ]),
  );
  return aside === 1 && paused === 0;
}

function keysOf(queue: QueueRef, from: string, to: string): string[] {
  const parts = [from, to, "meta", "prioritized", "events", "delayed", "marker"];
  return parts.map((part) => queueKey(queue, part));
}
