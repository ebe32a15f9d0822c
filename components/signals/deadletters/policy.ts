import { formatDuration, plural } from "#components/data/format.ts";

/** What a job's options say about its retries, in words. A value that cannot be read, or is masked, says nothing. */
export interface RetryPolicy {
  attempts: string;
  backoff: string;
  keep: string;
  order: string;
  /** What a retry by hand does with it. */
  note: string | null;
}

type Json = Record<string, unknown>;

/** Reads the options' text as it is shown. Null when it is not an object. */
export function retryPolicy(text: string | null): RetryPolicy | null {
  const options = parse(text);
  if (!options) return null;
  const attempts = number(options["attempts"]) ?? 1;
  const backoff = backoffOf(options["backoff"]);
  return {
    attempts: attempts === 1 ? "one, no retries" : plural(attempts, "attempt"),
    backoff: attempts === 1 ? "none: there is no second attempt" : describe(backoff, attempts),
    keep: keepOf(options["removeOnFail"]),
    order: orderOf(options),
    note:
      attempts > 1 && backoff?.type === "exponential" && !backoff.jitter
        ? "Jobs that fail together are retried together: there is no jitter."
        : null,
  };
}

function parse(text: string | null): Json | null {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const number = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

interface Backoff {
  type: string;
  delay: number | null;
  jitter: number;
}

/** A number alone is a fixed delay. */
function backoffOf(value: unknown): Backoff | null {
  if (typeof value === "number") return { type: "fixed", delay: value, jitter: 0 };
  if (!isObject(value)) return null;
  const type = typeof value["type"] === "string" ? value["type"] : "custom";
  return { type, delay: number(value["delay"]), jitter: number(value["jitter"]) ?? 0 };
}

function describe(backoff: Backoff | null, attempts: number): string {
  if (!backoff) return "none: each attempt follows at once";
  const { type, delay, jitter } = backoff;
  const spread = jitter > 0 ? `, jitter ${jitter}` : "";
  if (delay === null) return `${type}${spread}`;
  if (type === "fixed") return `${formatDuration(delay)} after each failure${spread}`;
  if (type !== "exponential") return `${type}, from ${formatDuration(delay)}${spread}`;
  const last = delay * 2 ** (attempts - 2);
  return `doubling from ${formatDuration(delay)}${attempts > 2 ? ` to ${formatDuration(last)}` : ""}${spread}`;
}

function keepOf(value: unknown): string {
  if (value === undefined || value === null || value === false) return "kept for ever";
  if (value === true) return "removed at once, with the payload";
  if (typeof value === "number") return `the last ${value.toLocaleString("en")} are kept`;
  if (!isObject(value)) return "in a way that cannot be read here";
  const [count, age] = [number(value["count"]), number(value["age"])];
  const parts = [
    count === null ? "" : `the last ${count.toLocaleString("en")}`,
    age === null ? "" : `for ${formatDuration(age * 1_000)}`,
  ].filter(Boolean);
  return parts.length > 0 ? `kept: ${parts.join(", ")}` : "in a way that cannot be read here";
}

function orderOf(options: Json): string {
  const priority = number(options["priority"]);
  const line = options["lifo"] === true ? "last in, first out" : "first in, first out";
  return priority ? `${line}, priority ${priority}` : line;
}
