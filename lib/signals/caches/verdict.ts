import type { CacheKind, Figures, Verdict } from "./schema.ts";
import {
  MIN_LOOKUPS,
  MUCH_READING_MS_PER_SECOND,
  MUCH_READING_PER_SECOND,
  POOR_POSTGRES_RATIO,
  POOR_REDIS_RATIO,
  SYSTEM_CACHE_MS,
} from "./thresholds.ts";

export interface Judged {
  kind: CacheKind;
  key: string;
  figures: Figures;
  /** Why a Redis' ratio is not that of a cache. */
  queueSigns: readonly string[];
}

/** What may fairly be said of a cache in a window. For Postgres a ratio alone says little: the reading has to cost something. */
export function verdictOf({ kind, key, figures, queueSigns }: Judged): Verdict {
  const { hits, misses, ratio } = figures;
  if (hits === null || misses === null)
    return { state: "unknown", why: "Nothing was counted in this time." };
  if (queueSigns.length > 0) {
    const why = `Queues look up keys of their own, and Redis counts them all together. ${queueSigns.join(" ")}`;
    return { state: "contaminated", why };
  }
  const unit = kind === "redis" ? "lookups" : "blocks";
  const asked = `${count(hits + misses)} ${unit}`;
  if (ratio === null || hits + misses < MIN_LOOKUPS)
    return { state: "few", why: `${asked} are too few for a ratio to mean anything.` };
  const found = `${percent(ratio)} of ${asked} were found.`;
  if (kind === "redis") {
    if (ratio >= POOR_REDIS_RATIO) return { state: "ok", why: found };
    return { state: "poor", why: `Only ${found} The others cost the work the cache should save.` };
  }
  if (kind === "io" && !key.endsWith(":normal"))
    return { state: "ok", why: `${found} Vacuum and large scans pass by the buffers by design.` };
  if (ratio >= POOR_POSTGRES_RATIO) return { state: "ok", why: found };
  return judgeReading(found, figures);
}

/** Few blocks are in the buffers: does that hurt? */
function judgeReading(found: string, figures: Figures): Verdict {
  const { readMs, readMsPerSecond, missesPerSecond } = figures;
  if (readMsPerSecond === null) {
    const reads = `${rate(missesPerSecond ?? 0)} blocks are read per second; how long that takes is not known.`;
    const many = (missesPerSecond ?? 0) >= MUCH_READING_PER_SECOND;
    return { state: many ? "poor" : "ok", why: `${found} ${reads}` };
  }
  const each = readMs === null ? "" : `, ${rate(readMs)} ms per block`;
  const system =
    readMs !== null && readMs < SYSTEM_CACHE_MS ? " They come from the system's cache." : "";
  const reads = `Reading takes ${rate(readMsPerSecond)} ms per second${each}.${system}`;
  const much = readMsPerSecond >= MUCH_READING_MS_PER_SECOND;
  return { state: much ? "poor" : "ok", why: `${found} ${reads}` };
}

const count = (value: number): string => Math.round(value).toLocaleString("en-GB");
const rate = (value: number): string =>
  value.toLocaleString("en-GB", { maximumSignificantDigits: 2 });

/** 99.95 % must not be shown as 100 %. */
export function percent(ratio: number): string {
  const digits = ratio > 0.99 && ratio < 1 ? 2 : 0;
  const shown = (Math.floor(ratio * 100 * 10 ** digits) / 10 ** digits).toFixed(digits);
  return `${shown} %`;
}
