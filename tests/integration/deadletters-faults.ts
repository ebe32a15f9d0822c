import type { Redis } from "ioredis";
import { sql } from "#lib/db/sql.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { SourceError } from "#lib/sources/errors.ts";

/** The first script sent is lost on its way, or its answer is. */
export function losing(
  source: OpenSource<"bullmq">,
  what: "request" | "answer",
): OpenSource<"bullmq"> {
  let lost = false;
  const lose = (): void => {
    if (lost) return;
    lost = true;
    throw new SourceError("timeout", `The ${what} was lost.`);
  };
  return scripted(source, {
    before: () => (what === "request" ? lose() : undefined),
    after: () => (what === "answer" ? lose() : undefined),
  });
}

let deaths: (() => void)[] = [];
export const dead = (): Promise<void> => new Promise((resolve) => deaths.push(resolve));

/** The target does what it is told; then the worker is dead and does nothing more. */
export function dyingAfterEffect(source: OpenSource<"bullmq">): OpenSource<"bullmq"> {
  return scripted(source, {
    after: async () => {
      await sql.query(
        "UPDATE action_run SET lease_token = NULL, lease_until = now() WHERE lease_token IS NOT NULL",
      );
      for (const die of deaths) die();
      deaths = [];
      return new Promise<never>(() => {});
    },
  });
}

/** The source, with something happening around every script that is sent to it. */
export function scripted(
  source: OpenSource<"bullmq">,
  around: { before?: () => Promise<void> | void; after?: () => Promise<void> | void },
): OpenSource<"bullmq"> {
  const conn = Object.create(source.conn) as typeof source.conn;
  const sending = (real: Redis): Redis =>
    new Proxy(real, {
      get(redis, name) {
        const value: unknown = Reflect.get(redis, name, redis);
        if (typeof value !== "function") return value;
        if (name !== "eval") return value.bind(redis);
        return async (...given: unknown[]) => {
          await around.before?.();
          const answer: unknown = await Reflect.apply(value, redis, given);
          await around.after?.();
          return answer;
        };
      },
    });
  Object.defineProperty(conn, "run", {
    value: (work: (redis: Redis) => Promise<unknown>) =>
      source.conn.run((redis) => work(sending(redis))),
  });
  return { ...source, conn };
}
