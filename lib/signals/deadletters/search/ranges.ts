import { DAY, tryParseDuration } from "#lib/core/time.ts";
import type { Moment } from "./terms.ts";

export interface CountRange {
  min: number | null;
  max: number | null;
}

export interface TimeRange {
  since: Moment | null;
  until: Moment | null;
}

const MAX_COUNT = 1_000_000;

/** `3`, `=3`, `>3`, `>=3`, `<3`, `<=3`, `2..5`, `2..`, `..5`; null for anything else, and for what no count can be. */
export function readCount(text: string): CountRange | null {
  const compared = /^(>=|<=|>|<|=)?(\d{1,7})$/.exec(text);
  if (compared) {
    const value = Number(compared[2]);
    return countRange(...compare(compared[1] ?? "=", value));
  }
  const ends = /^(\d{1,7})?\.\.(\d{1,7})?$/.exec(text);
  if (!ends || text === "..") return null;
  const [low, high] = [ends[1], ends[2]].map((each) => (each ? Number(each) : null));
  return countRange(low ?? null, high ?? null);
}

function compare(operator: string, value: number): [min: number | null, max: number | null] {
  if (operator === ">") return [value + 1, null];
  if (operator === ">=") return [value, null];
  if (operator === "<") return [null, value - 1];
  return [operator === "=" ? value : null, value];
}

function countRange(min: number | null, max: number | null): CountRange | null {
  const possible = (max ?? 0) >= 0 && (min ?? 0) <= (max ?? MAX_COUNT);
  return possible && (min ?? 0) <= MAX_COUNT && (max ?? 0) <= MAX_COUNT ? { min, max } : null;
}

export function writeCount({ min, max }: CountRange): string {
  if (min !== null && min === max) return String(min);
  if (min !== null && max !== null) return `${min}..${max}`;
  return min === null ? `<=${max}` : `>=${min}`;
}

const DATE = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)?$/;
const EARLIEST = Date.UTC(1970, 0, 1);
const LATEST = Date.UTC(3000, 0, 1);
const MAX_AGO_MS = 36_500 * DAY;

/**
 * `<2h` (younger), `>1d` (older), `2026-11-23` (that day, UTC), `<2026-11-23` (before), `>2026-11-23` (after), or two of these times
 * joined by `..`, of which one may be missing. The end of a range is not part of it, but a day is whole. Null for anything else.
 */
export function readMoments(text: string): TimeRange | null {
  const compared = /^(>=|<=|>|<)(.+)$/.exec(text);
  if (compared) return readCompared(compared[1] as string, compared[2] as string);
  const parts = text.split("..");
  if (parts.length === 1) return DATE.test(text) ? between(text, text) : null;
  const [from = "", to = ""] = parts;
  return parts.length === 2 && text !== ".." ? between(from, to) : null;
}

function readCompared(operator: string, text: string): TimeRange | null {
  const agoMs = ago(text);
  // "Less than two hours" is about age, "before this day" about time.
  if (agoMs !== null)
    return operator.startsWith("<")
      ? { since: { agoMs }, until: null }
      : { since: null, until: { agoMs } };
  const at = momentAt(text, operator === ">" || operator === "<=");
  if (!at) return null;
  return operator.startsWith(">") ? { since: at, until: null } : { since: null, until: at };
}

function between(from: string, to: string): TimeRange | null {
  const since = from === "" ? null : momentAt(from, false);
  const until = to === "" ? null : momentAt(to, true);
  if ((from !== "" && !since) || (to !== "" && !until)) return null;
  return inOrder(since, until) ? { since, until } : null;
}

/** A time and an age cannot be compared before it is known when the search is made. */
function inOrder(since: Moment | null, until: Moment | null): boolean {
  if (!since || !until) return true;
  if ("at" in since && "at" in until) return since.at < until.at;
  return !("agoMs" in since && "agoMs" in until) || since.agoMs > until.agoMs;
}

/** A day's start, or its end when `after` it is meant. */
function momentAt(text: string, after: boolean): Moment | null {
  const agoMs = ago(text);
  if (agoMs !== null) return { agoMs };
  const isDate = DATE.test(text);
  if (!isDate && !TIME.test(text)) return null;
  const zoned = isDate || /(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`;
  const ms = Date.parse(zoned) + (isDate && after ? DAY : 0);
  if (!isDay(text.slice(0, 10)) || !(ms >= EARLIEST && ms <= LATEST)) return null;
  return { at: new Date(ms).toISOString() };
}

/** Dates count a 31st of February on into March. */
function isDay(text: string): boolean {
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

function ago(text: string): number | null {
  const ms = tryParseDuration(text);
  return ms !== null && ms <= MAX_AGO_MS ? Math.round(ms) : null;
}

export function writeMoments({ since, until }: TimeRange): string {
  if (since && !until && "agoMs" in since) return `<${writeMoment(since)}`;
  if (until && !since && "agoMs" in until) return `>${writeMoment(until)}`;
  return `${writeMoment(since)}..${writeMoment(until)}`;
}

const UNITS = [
  ["d", DAY],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

function writeMoment(moment: Moment | null): string {
  if (!moment) return "";
  if ("at" in moment) return moment.at.replace(".000Z", "Z");
  const { agoMs } = moment;
  const [unit, size] = UNITS.find(([, each]) => agoMs > 0 && agoMs % each === 0) ?? ["ms", 1];
  return `${agoMs / size}${unit}`;
}
