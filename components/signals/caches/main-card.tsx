import Link from "next/link";
import {
  formatBytes,
  formatDuration,
  formatPercent,
  formatRate,
  UNKNOWN,
} from "#components/data/format.ts";
import { Meter } from "#components/data/meter.tsx";
import { Sparkline } from "#components/data/sparkline.tsx";
import { Card } from "#components/ui/card.tsx";
import type { CacheRow } from "#lib/signals/caches/schema.ts";
import { Age } from "./age.tsx";
import { KIND_LABELS } from "./kinds.ts";
import { ratioTone, VerdictBadge } from "./verdict.tsx";
import { cacheHref } from "./view.ts";

/** What a source stands for, at a glance: its ratio, and beside it what the rest costs. */
export function MainCard({ cache, range }: { cache: CacheRow; range: string }) {
  const { kind, name, source, verdict } = cache;
  const isRedis = kind === "redis";
  return (
    <Card className="flex flex-col gap-3 p-3">
      <div className="flex flex-wrap items-baseline gap-x-2 gap-y-1">
        <h3 className="min-w-0 truncate text-sm font-semibold">
          <Link href={cacheHref(cache.id, range)} className="rounded-sm hover:underline">
            {isRedis ? source : name}
          </Link>
        </h3>
        <span className="text-xs text-muted">
          {KIND_LABELS[kind]}
          {isRedis ? "" : ` of ${source}`}
        </span>
        <span className="ml-auto flex flex-wrap items-center gap-x-2 self-center">
          <Age cache={cache} />
          <VerdictBadge verdict={verdict} />
        </span>
      </div>
      <div className="flex items-center gap-3">
        <Meter
          label={`Hit ratio of ${source}`}
          ratio={cache.ratio}
          text={formatPercent(cache.ratio)}
          tone={ratioTone(verdict)}
          className="min-w-0 flex-1"
        />
        <Sparkline values={cache.spark} label="Hit ratio" format={formatPercent} />
      </div>
      <dl className="grid grid-cols-3 gap-x-3 text-sm">
        <Figure label="asked" value={formatRate(cache.lookupsPerSecond)} />
        <Figure label={isRedis ? "missed" : "read"} value={formatRate(cache.missesPerSecond)} />
        {isRedis ? (
          <Memory used={cache.usedMemoryBytes} limit={cache.maxMemoryBytes} />
        ) : (
          <ReadTime cache={cache} />
        )}
      </dl>
    </Card>
  );
}

function Figure({ label, value, hint }: { label: string; value: string; hint?: string }) {
  return (
    <div className="min-w-0">
      <dt className="truncate text-xs text-muted">{label}</dt>
      <dd className="tabular truncate text-base font-semibold" title={hint}>
        {value}
      </dd>
    </div>
  );
}

function Memory({ used, limit }: { used: number | null; limit: number | null }) {
  const label = limit === null ? "memory, no limit" : `of ${formatBytes(limit)}`;
  return <Figure label={label} value={formatBytes(used)} />;
}

function ReadTime({ cache: { readMs, readMsPerSecond, untimedBecause } }: { cache: CacheRow }) {
  if (readMs !== null)
    return (
      <Figure
        label="per read"
        value={formatDuration(readMs)}
        hint={`${formatDuration(readMsPerSecond)} of reading per second`}
      />
    );
  if (untimedBecause === null)
    return <Figure label="per read" value={UNKNOWN} hint="Nothing was read." />;
  return <Figure label="time unknown" value={UNKNOWN} hint={untimedBecause} />;
}
