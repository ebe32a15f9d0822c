import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { AppError } from "#lib/core/errors.ts";
import { MINUTE } from "#lib/core/time.ts";

/** One day of the company: customers sleep, wake up and have lunch within it. It starts on every 20th minute of the clock. */
export const DAY_LENGTH_MS = 20 * MINUTE;

/** The first port asked for by each part; a taken one is passed over. All lie below the range of outgoing connections. */
export const PREFERRED_PORTS = {
  postgres: 15_532,
  redis: 16_479,
  api: 15_080,
  bank: 15_081,
  mail: 15_082,
  shops: 15_083,
  control: 15_084,
  sms: 15_085,
};

export interface Settings {
  /** Where the sandbox keeps everything: `<PLUMBLINE_HOME>/sandbox`. */
  home: string;
  /** Payments loaded at first start, and about how many are kept. */
  payments: number;
  /** Requests per second of an average moment of the day; 0 turns the traffic off. */
  rate: number;
}

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const home = join(resolve(env.PLUMBLINE_HOME || ".plumbline"), "sandbox");
  mkdirSync(home, { recursive: true, mode: 0o711 });
  return {
    home,
    payments: numberFrom(env, "SANDBOX_PAYMENTS", 300_000, 1_000, 1_000_000),
    rate: numberFrom(env, "SANDBOX_RATE", 6, 0, 200),
  };
}

function numberFrom(
  env: NodeJS.ProcessEnv,
  name: string,
  fallback: number,
  least: number,
  most: number,
): number {
  const text = env[name];
  if (!text) return fallback;
  const value = Number(text);
  if (value >= least && value <= most) return value;
  throw new AppError("bad_request", `${name} is "${text}"`, {
    remedy: `Set it to a number from ${least} to ${most}, or leave it out.`,
  });
}
