import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import type { BullmqConnection } from "./connect.ts";

/** Lua that is sent once and called by its hash ever after. */
export interface Script {
  lua: string;
  sha: string;
}

export function script(lua: string): Script {
  return { lua, sha: createHash("sha1").update(lua).digest("hex") };
}

/** One call of it. */
export interface ScriptCall {
  keys: readonly string[];
  args: readonly (string | Buffer)[];
}

/**
 * Calls a script for each item in one round trip; errors are among the answers. A server that does not know the script has run
 * none of the calls that say so.
 */
export async function callEach(
  conn: BullmqConnection,
  code: Script,
  calls: readonly ScriptCall[],
): Promise<unknown[]> {
  return conn.run(async (redis) => {
    const answers = await send(redis, code, calls);
    const unknown = answers.flatMap((answer, at) => (isUnknownScript(answer) ? [at] : []));
    if (unknown.length > 0) {
      const left = unknown.map((at) => calls[at] as ScriptCall);
      const again = await send(redis, code, left, { first: true });
      unknown.forEach((at, index) => (answers[at] = again[index]));
    }
    return answers;
  });
}

/** The `first` time a server meets the script it is sent whole: EVAL keeps it, while SCRIPT LOAD would be one more right to ask for. */
async function send(
  redis: Redis,
  { lua, sha }: Script,
  calls: readonly ScriptCall[],
  { first = false } = {},
): Promise<unknown[]> {
  const batch = redis.pipeline();
  calls.forEach(({ keys, args }, at) => {
    if (first && at === 0) batch.eval(lua, keys.length, ...keys, ...args);
    else batch.evalsha(sha, keys.length, ...keys, ...args);
  });
  return ((await batch.exec()) ?? []).map(([error, value]) => error ?? value);
}

const isUnknownScript = (answer: unknown): boolean =>
  answer instanceof Error && answer.message.startsWith("NOSCRIPT");
