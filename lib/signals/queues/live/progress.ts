import { maskJson } from "#lib/core/redact.ts";

/** More of it is not sent to a browser. */
const MAX_SHOWN = 4_000;

interface ShownProgress {
  /** What the job said; null when it said nothing. A bare percentage is never masked: it tells of the job, not of a person. */
  progress: string | null;
  percent: number | null;
}

/** What a job told of its progress, as this person may see it. */
export function shownProgress(raw: string | null | undefined, revealed: boolean): ShownProgress {
  if (!raw) return { progress: null, percent: null };
  const value = parse(raw);
  const text = revealed || isPercent(value) ? raw : maskJson(raw);
  return { progress: text.slice(0, MAX_SHOWN), percent: percentOf(value) };
}

/** The names under which applications tell a percentage. */
const NAMES = ["percent", "percentage", "progress", "pct"];

function percentOf(value: unknown): number | null {
  if (typeof value !== "object" || value === null) return isPercent(value) ? value : null;
  return NAMES.map((name) => (value as Record<string, unknown>)[name]).find(isPercent) ?? null;
}

const isPercent = (value: unknown): value is number =>
  typeof value === "number" && value >= 0 && value <= 100;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
