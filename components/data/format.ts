/**
 * How numbers look everywhere. Every function takes null or undefined (not known) and answers "–", never 0.
 * Units in: durations in milliseconds, sizes in bytes, ratios 0..1, rates per second, times as ISO 8601 or Date.
 */
export const UNKNOWN = "–";

type Maybe<T> = T | null | undefined;
const LOCALE = "en-GB";
const known = (value: Maybe<number>): value is number =>
  typeof value === "number" && Number.isFinite(value);

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const exact = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 20 });
const sig3 = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 3 });

/** Exact, with thousands separators: 1,204,551. Takes bigint too. */
export function formatInteger(value: Maybe<number | bigint>): string {
  if (typeof value === "bigint") return whole.format(value);
  return known(value) ? whole.format(value) : UNKNOWN;
}

/** Short, three significant digits: 1.2k, 34.5M. The exact value belongs in the title. */
export function formatCount(value: Maybe<number>): string {
  if (!known(value)) return UNKNOWN;
  return scaled(value, 1_000, ["", "k", "M", "G", "T"]);
}

/** 0 B, 512 B, 1.5 KiB, 34.2 GiB. */
export function formatBytes(bytes: Maybe<number>): string {
  if (!known(bytes)) return UNKNOWN;
  return scaled(bytes, 1024, [" B", " KiB", " MiB", " GiB", " TiB", " PiB"]);
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let size = Math.abs(value);
  let unit = 0;
  // Judged as it will be shown: 999.9 k would read "1,000k".
  while (shown(size) >= step && unit < units.length - 1) {
    size /= step;
    unit += 1;
  }
  return `${value < 0 ? "-" : ""}${exact.format(shown(size))}${units[unit]}`;
}

/** Three significant digits, but never fewer than the whole part has. */
const shown = (size: number) => (size >= 1_000 ? Math.round(size) : Number(size.toPrecision(3)));

/** From milliseconds: 0.042 ms, 3.1 ms, 412 ms, 2.41 s, 3m 12s, 5h 04m, 3d 2h. */
export function formatDuration(ms: Maybe<number>): string {
  if (!known(ms)) return UNKNOWN;
  const size = Math.abs(ms);
  const sign = ms < 0 ? "-" : "";
  if (size === 0) return "0 ms";
  if (size < 0.001) return `${sign}<0.001 ms`;
  if (Number(size.toPrecision(3)) < 1_000) return `${sign}${sig3.format(size)} ms`;
  if (size < 59_950) return `${sign}${sig3.format(size / 1_000)} s`;
  const seconds = Math.round(size / 1_000);
  if (seconds < 3_600) return `${sign}${Math.floor(seconds / 60)}m ${pad(seconds % 60)}s`;
  if (seconds < 86_400)
    return `${sign}${Math.floor(seconds / 3_600)}h ${pad(Math.floor(seconds / 60) % 60)}m`;
  return `${sign}${Math.floor(seconds / 86_400)}d ${Math.floor(seconds / 3_600) % 24}h`;
}

const pad = (value: number) => String(value).padStart(2, "0");

/** From 0..1: 99.42 %, 3.1 %, <0.1 %. Never rounds up to 100 % or down to 0 %. */
export function formatPercent(ratio: Maybe<number>): string {
  if (!known(ratio)) return UNKNOWN;
  const percent = ratio * 100;
  if (percent > 0 && percent < 0.1) return "<0.1%";
  if (percent < 100 && percent > 99.99) return ">99.99%";
  const digits = percent >= 99 && percent < 100 ? 2 : 1;
  return `${percent.toFixed(digits).replace(/\.0+$/, "")}%`;
}

/** From per second: 12/s, 0.4/s, 3/min, 2/h; slow things read better by the minute. */
export function formatRate(perSecond: Maybe<number>): string {
  if (!known(perSecond)) return UNKNOWN;
  if (perSecond === 0) return "0/s";
  if (perSecond >= 0.1) return `${formatCount(perSecond)}/s`;
  if (perSecond * 60 >= 0.1) return `${sig3.format(perSecond * 60)}/min`;
  return `${sig3.format(perSecond * 3_600)}/h`;
}

/** Whole seconds since `from`, or null when the time is not known. A clock that is slightly ahead counts as now. */
export function ageSeconds(from: Maybe<string | Date>, now: Date): number | null {
  if (from === null || from === undefined) return null;
  const at = from instanceof Date ? from.getTime() : Date.parse(from);
  return Number.isNaN(at) ? null : Math.max(0, Math.floor((now.getTime() - at) / 1_000));
}

/** 4s, 7m, 3h, 2d: for "4s ago" and "blind for 7m". */
export function formatAge(seconds: Maybe<number>): string {
  if (!known(seconds)) return UNKNOWN;
  if (seconds < 60) return `${Math.floor(seconds)}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

const clock = new Intl.DateTimeFormat(LOCALE, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const clockSeconds = new Intl.DateTimeFormat(LOCALE, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const day = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short" });
const dayYear = new Intl.DateTimeFormat(LOCALE, {
  day: "numeric",
  month: "short",
  year: "numeric",
});

/** 14:02 today, 21 Nov 14:02 this year, else 21 Nov 2025 14:02; in the reader's time zone. */
export function formatTime(
  at: Maybe<string | Date>,
  now: Date,
  options: { seconds?: boolean } = {},
): string {
  const date = toDate(at);
  if (!date) return UNKNOWN;
  const time = (options.seconds ? clockSeconds : clock).format(date);
  if (dayYear.format(date) === dayYear.format(now)) return time;
  return `${(date.getFullYear() === now.getFullYear() ? day : dayYear).format(date)} ${time}`;
}

/** The unambiguous form for titles and copies: 2026-11-23 14:02:11 UTC. */
export function formatUtc(at: Maybe<string | Date>): string {
  const date = toDate(at);
  return date ? `${date.toISOString().slice(0, 19).replace("T", " ")} UTC` : UNKNOWN;
}

function toDate(at: Maybe<string | Date>): Date | null {
  if (at === null || at === undefined) return null;
  const date = at instanceof Date ? at : new Date(at);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** "1 job", "3 jobs", "12,000 queries". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${whole.format(count)} ${count === 1 ? one : many}`;
}
