import { AppError } from "./errors.ts";

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const SECOND = UNIT_MS.s;
export const MINUTE = UNIT_MS.m;
export const HOUR = UNIT_MS.h;
export const DAY = UNIT_MS.d;

/** A duration such as `500ms`, `10s`, `5m`, `2h` or `7d`. */
export type Duration = `${number}${keyof typeof UNIT_MS}`;

/** Milliseconds of a duration text, or null when it is not one. */
export function tryParseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  if (!match) return null;
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** Milliseconds of a duration. Throws `bad_request` when the text is not one. */
export function parseDuration(text: string): number {
  const ms = tryParseDuration(text);
  if (ms === null)
    throw new AppError("bad_request", `"${text}" is not a duration`, {
      remedy: "Write it like 30s, 5m, 2h or 7d.",
    });
  return ms;
}

/** The start of the bucket of `widthMs` that holds `at`, in UTC. */
export function bucketStart(at: Date, widthMs: number): Date {
  return new Date(Math.floor(at.getTime() / widthMs) * widthMs);
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));
