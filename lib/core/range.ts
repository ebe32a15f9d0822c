import { AppError } from "./errors.ts";
import { DAY, HOUR, MINUTE, tryParseDuration } from "./time.ts";

// Browser and server read the same text, so that a link, a page and the API mean the same minutes.

/** A time range as text, for URLs and the API: back from now ("1h"), or fixed ("2026-11-23T10:00:00Z~2026-11-23T11:00:00Z"). */
export type RangeText = string;

export const RANGE_PRESETS: readonly { value: RangeText; label: string }[] = [
  { value: "15m", label: "Last 15 minutes" },
  { value: "1h", label: "Last hour" },
  { value: "6h", label: "Last 6 hours" },
  { value: "24h", label: "Last 24 hours" },
  { value: "7d", label: "Last 7 days" },
  { value: "30d", label: "Last 30 days" },
];

export interface ResolvedRange {
  from: Date;
  to: Date;
  /** True when the end moves with the clock. */
  live: boolean;
}

/** Nothing was measured before 1970. The end leaves room: reads also look at the same time just before a range. */
const LATEST = Date.UTC(3000, 0, 1);

/** The range's ends, or null when the text is neither a duration nor two times in order, or reaches beyond 1970 to 2999. */
export function resolveRange(text: RangeText, now: Date): ResolvedRange | null {
  const back = tryParseDuration(text);
  if (back !== null) return rangeOf(new Date(now.getTime() - back), now, true);
  const [from, to, ...rest] = text.split("~").map((part) => new Date(part));
  return from && to && rest.length === 0 ? rangeOf(from, to, false) : null;
}

function rangeOf(from: Date, to: Date, live: boolean): ResolvedRange | null {
  const [start, end] = [from.getTime(), to.getTime()];
  return start >= 0 && start < end && end <= LATEST ? { from, to, live } : null;
}

export function fixedRange(from: Date, to: Date): RangeText {
  return `${from.toISOString().replace(".000Z", "Z")}~${to.toISOString().replace(".000Z", "Z")}`;
}

/** "Last hour", "Last 3 hours", "23 Nov 10:00 – 11:00". Unreadable text is shown as it is. */
export function rangeLabel(
  text: RangeText,
  now: Date,
  formatTime: (at: Date, now: Date) => string,
): string {
  const preset = RANGE_PRESETS.find((each) => each.value === text);
  if (preset) return preset.label;
  const range = resolveRange(text, now);
  if (!range) return text;
  if (!range.live) return `${formatTime(range.from, now)} – ${formatTime(range.to, range.from)}`;
  const span = range.to.getTime() - range.from.getTime();
  const [size, unit] =
    span >= 2 * DAY
      ? [span / DAY, "days"]
      : span >= HOUR
        ? [span / HOUR, "hours"]
        : [span / MINUTE, "minutes"];
  return `Last ${Number(size.toFixed(1))} ${unit}`;
}

/** As `resolveRange`, for the API: text that is no range is the caller's mistake. Throws `bad_request`. */
export function requireRange(text: RangeText, now: Date): ResolvedRange {
  const range = resolveRange(text, now);
  if (range) return range;
  throw new AppError("bad_request", `"${text}" is not a time range`, {
    remedy: "Write a duration such as 1h, or two ISO 8601 times joined by ~.",
  });
}
