import { redisError } from "../redis/errors.ts";
import { type ActingLease, receiptsKey, staleLease } from "./acting-lease.ts";
import { callEach, script } from "./call-script.ts";
import type { BullmqConnection } from "./connect.ts";
import { RECEIPT_MS } from "./fenced.ts";
import { RETRY, type RetryAct, retryKeys } from "./job-acts.ts";
import { queueKey } from "./queries.ts";

export type RetryOne = Omit<RetryAct, "queue" | "runId">;

/**
 * `done`: in line now. `repeated`: it was before, by the same bulk retry. `superseded`: something else acted on the job since.
 * `changed`: it is still that failure, but its payload or attempts are not as they were. `gone`: its data is not there.
 */
export type RetryAnswer = "done" | "repeated" | "superseded" | "changed" | "gone";

/** What a look finds: `applied` = the receipt says that it was retried; `here` = it still waits for it. */
export type RetryLook = "applied" | "here" | "superseded" | "gone";

/** Lua: what a job is now, beside what it was. KEYS 1 and 3 are the job and the failed set; another type of key is no job. */
const STANDING = `
local function standing(id, score)
  if redis.call("TYPE", KEYS[1]).ok ~= "hash" then return "gone" end
  if redis.call("ZSCORE", KEYS[3], id) == score then return "here" end
  return "superseded"
end`;

/** Lua: receipts are the last key. ARGV 7 is the lease; the guard's own follow, and the first of them is the score. */
const RETRY_ONE = script(`${STANDING}
local receipts, receipt = KEYS[#KEYS], ARGV[8] .. " " .. ARGV[1]
if redis.call("HGET", receipts, "lease") ~= ARGV[7] then return "stale" end
if redis.call("HEXISTS", receipts, receipt) == 1 then return "repeated" end
local found = standing(ARGV[1], ARGV[8])
if found ~= "here" then return found end
local guardKeys = {KEYS[10]}
local guardArgs = {unpack(ARGV, 8)}
local function guard()
${RETRY.guard}
return true
end
if not guard() then return "changed" end
local function act()
${RETRY.lua}
end
if act() ~= 1 then return "gone" end
redis.call("HSET", receipts, receipt, 1)
return "done"`);

/** Lua: reads only. Same keys; ARGV 1 and 2 are the job and its score. */
const LOOK = script(`${STANDING}
if redis.call("HEXISTS", KEYS[#KEYS], ARGV[2] .. " " .. ARGV[1]) == 1 then return "applied" end
return standing(ARGV[1], ARGV[2])`);

/** Retries each job at most once, in order and in one round trip; other clients of the server get their turn in between. */
export async function retryMany(
  conn: BullmqConnection,
  log: ActingLease,
  jobs: readonly RetryOne[],
): Promise<RetryAnswer[]> {
  const calls = jobs.map(({ id, score, attemptsMade, lifo, resetAttempts, edit }) => {
    const reset = resetAttempts ? "1" : "0";
    const bullmq = [id, lifo ? "RPUSH" : "LPUSH", "failedReason", "failed", reset, reset];
    const guard = [score, String(attemptsMade), ...(edit ? [edit.from, edit.data] : [])];
    return { keys: keysOf(log, id), args: [...bullmq, String(log.lease), ...guard] };
  });
  return answersOf<RetryAnswer>(await callEach(conn, RETRY_ONE, calls));
}

/** Finds out what became of jobs that may or may not have been retried; changes nothing. */
export async function lookAtRetries(
  conn: BullmqConnection,
  log: Pick<ActingLease, "queue" | "id">,
  jobs: readonly Pick<RetryOne, "id" | "score">[],
): Promise<RetryLook[]> {
  const calls = jobs.map(({ id, score }) => ({ keys: keysOf(log, id), args: [id, score] }));
  return answersOf<RetryLook>(await callEach(conn, LOOK, calls));
}

/** Forgets receipts of jobs whose retry is recorded elsewhere for good, so that they never become many. */
export async function forgetReceipts(
  conn: BullmqConnection,
  log: Pick<ActingLease, "queue" | "id">,
  jobs: readonly Pick<RetryOne, "id" | "score">[],
): Promise<void> {
  if (jobs.length === 0) return;
  const key = receiptsKey(log);
  await conn.run((redis) =>
    redis
      .pipeline()
      .hdel(key, ...jobs.map(({ id, score }) => `${score} ${id}`))
      .pexpire(key, RECEIPT_MS)
      .exec(),
  );
}

const keysOf = (log: Pick<ActingLease, "queue" | "id">, id: string): string[] => [
  ...retryKeys(log.queue, id),
  queueKey(log.queue, "paused"),
  receiptsKey(log),
];

/** An error leaves open what happened: then the whole batch is looked at again. */
function answersOf<Answer extends string>(answers: readonly unknown[]): Answer[] {
  return answers.map((answer) => {
    if (answer === "stale") throw staleLease();
    if (answer instanceof Error) throw redisError(answer);
    return answer as Answer;
  });
}
