import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInteger,
  formatPercent,
  formatRate,
} from "#components/data/format.ts";
import { Stat } from "#components/data/key-value.tsx";
import type { CacheDetail } from "#lib/signals/caches/schema.ts";

/** The cache at a glance, against the time before; dashes are what nobody knows. */
export function CacheFacts({ cache }: { cache: CacheDetail }) {
  const { before, kind, verdict } = cache;
  const isRedis = kind === "redis";
  return (
    <div className="grid grid-cols-[repeat(auto-fill,minmax(8.5rem,1fr))] gap-x-4 gap-y-3">
      <Stat
        label="Hit ratio"
        tone={verdict.state === "poor" ? "warn" : undefined}
        value={known(cache.ratio, formatPercent)}
        hint={beforeHint(before.ratio, formatPercent)}
      />
      <Stat
        label="Asked"
        value={known(cache.lookupsPerSecond, formatRate)}
        hint={`${formatInteger(sum(cache.hits, cache.misses))} ${isRedis ? "lookups" : "blocks"}`}
      />
      <Stat
        label={isRedis ? "Misses" : "Reads"}
        value={known(cache.missesPerSecond, formatRate)}
        hint={beforeHint(before.missesPerSecond, formatRate)}
      />
      {isRedis ? <RedisStats cache={cache} /> : <ReadStats cache={cache} />}
    </div>
  );
}

function ReadStats({ cache }: { cache: CacheDetail }) {
  const { kind, misses, blockBytes, evictedPerSecond } = cache;
  const bytes = misses === null || blockBytes === null ? null : misses * blockBytes;
  return (
    <>
      {kind === "table" || kind === "index" ? null : <ReadTimes cache={cache} />}
      <Stat label="Read in all" value={known(bytes, formatBytes)} hint="from outside the buffers" />
      {evictedPerSecond === null ? null : (
        <Stat label="Evicted" value={formatRate(evictedPerSecond)} hint="buffers reused" />
      )}
    </>
  );
}

function ReadTimes({
  cache: { misses, readMs, readMsPerSecond, untimedBecause },
}: {
  cache: CacheDetail;
}) {
  const why = untimedBecause ?? (misses === 0 ? "nothing was read" : null);
  return (
    <>
      <Stat label="Per read" value={known(readMs, formatDuration)} hint={why ?? "one block"} />
      <Stat
        label="Reading"
        value={known(readMsPerSecond, formatDuration)}
        hint={untimedBecause ?? "each second"}
      />
    </>
  );
}

function RedisStats({ cache }: { cache: CacheDetail }) {
  const { usedMemoryBytes, maxMemoryBytes, redis } = cache;
  const used = maxMemoryBytes === null ? null : (usedMemoryBytes ?? 0) / maxMemoryBytes;
  const keys = redis?.databases.reduce((all, each) => all + each.keys, 0) ?? null;
  const expiring = redis?.databases.reduce((all, each) => all + each.expiring, 0) ?? null;
  return (
    <>
      <Stat
        label="Memory"
        value={known(usedMemoryBytes, formatBytes)}
        hint={
          used === null ? "no limit" : `${formatPercent(used)} of ${formatBytes(maxMemoryBytes)}`
        }
      />
      <Stat label="When full" value={redis?.policy ?? null} hint="maxmemory-policy" />
      <Stat
        label="Keys"
        value={known(keys, formatCount)}
        hint={`${formatCount(expiring)} with a time to live`}
      />
      <Stat
        label="Evicted"
        value={known(cache.evictedPerSecond, formatRate)}
        hint={`${formatRate(redis?.expiredPerSecond)} expired`}
      />
    </>
  );
}

const known = (value: number | null, format: (value: number) => string): string | null =>
  value === null ? null : format(value);

const beforeHint = (value: number | null, format: (value: number) => string): string =>
  value === null ? "before: not known" : `${format(value)} before`;

const sum = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : a + b;
