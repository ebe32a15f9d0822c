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

/** A server answers whatever it was sent in one go before it turns to its other clients: they wait for so many calls at most. */
const AT_ONCE = 20;

/**
 * Calls a script for each item in few round trips; errors are among the answers. A server that does not know the script has run
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
  const answers: unknown[] = [];
  for (let from = 0; from < calls.length; from += AT_ONCE) {
    const batch = redis.pipeline();
    calls.slice(from, from + AT_ONCE).forEach(({ keys, args }, at) => {
      if (first && from + at === 0) batch.eval(lua, keys.length, ...keys, ...args);
      else batch.evalsha(sha, keys.length, ...keys, ...args);
    });
    answers.push(...((await batch.exec()) ?? []).map(([error, value]) => error ?? value));
  }
  return answers;
}

const isUnknownScript = (answer: unknown): boolean =>
  answer instanceof Error && answer.message.startsWith("NOSCRIPT");
