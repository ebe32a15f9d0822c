import { once } from "node:events";
import { Redis } from "ioredis";
import { prioritise, startChild } from "./child.ts";

/** What something took, and what it cost the other clients of the same Redis. */
export interface Measured<T> {
  result: T;
  seconds: number;
  /** The longest wait of another client for the answer to a PING. */
  longestPingMs: number;
  /** The longest single command, by Redis' own clock: free of the noise of a busy machine. */
  longestCommandMs: number;
}

export interface Meter {
  during<T>(work: () => Promise<T>): Promise<Measured<T>>;
  close(): Promise<void>;
}

export async function openMeter(url: string): Promise<Meter> {
  const redis = new Redis(url);
  const pinger = await startChild("ping-process.ts", url);
  await prioritise(pinger.pid);
  await redis.config("SET", "slowlog-log-slower-than", "200");
  await redis.config("SET", "slowlog-max-len", "100000");

  async function ask(what: "start" | "stop"): Promise<unknown> {
    const answered = once(pinger.process, "message");
    pinger.process.send(what);
    return (await answered)[0];
  }

  async function longestCommandMs(): Promise<number> {
    const entries = (await redis.slowlog("GET", -1)) as [id: number, at: number, micros: number][];
    return entries.reduce((most, [, , micros]) => Math.max(most, micros / 1_000), 0);
  }

  return {
    async during(work) {
      await redis.slowlog("RESET");
      await ask("start");
      const began = performance.now();
      const result = await work();
      const seconds = (performance.now() - began) / 1_000;
      const { longestMs } = (await ask("stop")) as { longestMs: number };
      return {
        result,
        seconds,
        longestPingMs: longestMs,
        longestCommandMs: await longestCommandMs(),
      };
    },
    async close() {
      redis.disconnect();
      await pinger.stop();
    },
  };
}
