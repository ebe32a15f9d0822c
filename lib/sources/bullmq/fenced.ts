import type { BullmqConnection } from "./connect.ts";
import { queueKey, type QueueRef } from "./queries.ts";

/** How long a target remembers what we did to it: longer than any worker of ours stays away. */
export const RECEIPT_MS = 24 * 3_600_000;

/** BullMQ's own answer, or why its script did not run: this run had its effect before, or the guard refused, and may say why. */
export type FencedAnswer =
  | { outcome: "done"; code: number }
  | { outcome: "repeated" }
  | { outcome: "fenced"; why?: string };

/** A script of BullMQ and what must hold for it to run. */
export interface FencedScript {
  /** BullMQ's Lua, unchanged. */
  lua: string;
  /** Lua that runs first and may `return false` to refuse, or `return false, why`. It sees BullMQ's KEYS and ARGV, and its own guardKeys and guardArgs. */
  guard: string;
  /** Lua: whether the answer `code` of BullMQ's script means that it changed something. */
  changed: string;
}

export interface FencedCall {
  queue: QueueRef;
  runId: string;
  keys: readonly string[];
  args: readonly (string | number)[];
  guardKeys?: readonly string[];
  guardArgs?: readonly (string | Buffer)[];
}

/**
 * Runs a script of BullMQ only while the guard holds, at most once per run, in one atomic step: nobody can slip in between the
 * check and the change, and the same run sent twice changes something once. It leaves a receipt beside the queue, which tells
 * for certain that the run took effect, also when the job it changed is gone.
 */
export async function runFenced(
  conn: BullmqConnection,
  script: FencedScript,
  call: FencedCall,
): Promise<FencedAnswer> {
  const keys = [...call.keys, ...(call.guardKeys ?? []), receiptKey(call)];
  const args = [...call.args, ...(call.guardArgs ?? [])];
  const answer = await conn.run((redis) =>
    redis.eval(compose(script, call), keys.length, ...keys, ...args),
  );
  const [outcome, more] = answer as [FencedAnswer["outcome"], number | string | null];
  if (outcome === "done") return { outcome, code: Number(more) };
  return outcome === "fenced" && typeof more === "string" ? { outcome, why: more } : { outcome };
}

/** Whether the target holds this run's receipt: then it took effect. */
export async function hasReceipt(
  conn: BullmqConnection,
  run: Pick<FencedCall, "queue" | "runId">,
): Promise<boolean> {
  return (await conn.run((redis) => redis.exists(receiptKey(run)))) === 1;
}

/** Under the queue's own prefix, so that the same ACL and cluster slot hold. No job id has this form. */
const receiptKey = ({ queue, runId }: Pick<FencedCall, "queue" | "runId">): string =>
  queueKey(queue, `plumbline-receipt:${runId}`);

/** BullMQ's script becomes a function; its KEYS and ARGV keep their places because ours come behind them. */
function compose(script: FencedScript, call: FencedCall): string {
  return `
local receipt = KEYS[#KEYS]
if redis.call("EXISTS", receipt) == 1 then return {"repeated", 0} end
local guardKeys = {unpack(KEYS, ${call.keys.length + 1}, #KEYS - 1)}
local guardArgs = {unpack(ARGV, ${call.args.length + 1})}
local function guard()
${script.guard}
return true
end
local held, why = guard()
if not held then return {"fenced", why or false} end
local function act()
${script.lua}
end
local code = act()
if ${script.changed} then redis.call("SET", receipt, 1, "PX", ${RECEIPT_MS}) end
return {"done", code}`;
}
