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
  /** For tables and indexes: per block, in their database; null when not known. */
  databaseReadMs: number | null;
}

/** What may fairly be said of a cache in a window. For Postgres a ratio alone says little: the reading has to cost something. */
export function verdictOf(judged: Judged): Verdict {
  const { kind, key, figures, queueSigns } = judged;
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
  return judgeReading(found, judged);
}

/** Few blocks are in the buffers: does that hurt? */
function judgeReading(found: string, { figures, databaseReadMs }: Judged): Verdict {
  const { missesPerSecond, readMsPerSecond } = figures;
  const reads = missesPerSecond ?? 0;
  const estimated = readMsPerSecond === null;
  const each = estimated ? databaseReadMs : figures.readMs;
  if (each === null) {
    const why = `${found} ${rate(reads)} blocks are read per second; how long that takes is not known.`;
    return { state: reads >= MUCH_READING_PER_SECOND ? "poor" : "ok", why };
  }
  const spent = readMsPerSecond ?? reads * each;
  const takes = estimated
    ? `Reading takes about ${rate(spent)} ms per second, at its database's ${rate(each)} ms per block.`
    : `Reading takes ${rate(spent)} ms per second, ${rate(each)} ms per block.`;
  const system = each < SYSTEM_CACHE_MS ? " That quick, it comes from the system's cache." : "";
  const state = spent >= MUCH_READING_MS_PER_SECOND ? "poor" : "ok";
  return { state, why: `${found} ${takes}${system}` };
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
