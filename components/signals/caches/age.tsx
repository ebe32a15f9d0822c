"use client";
import { freshness, type ReadingInfo } from "#components/data/freshness.ts";
import { ReadingBadge } from "#components/data/reading-badge.tsx";
import { useNow } from "#components/data/use-now.ts";
import type { CacheRow } from "#lib/signals/caches/schema.ts";

type Observed = Pick<CacheRow, "observedAt" | "intervalSeconds">;

const readingOf = ({ observedAt, intervalSeconds }: Observed): ReadingInfo => ({
  observedAt,
  intervalSeconds,
  quality: "exact",
});

/** How old the figures of one cache are. */
export function Age({ cache }: { cache: Observed }) {
  return <ReadingBadge reading={readingOf(cache)} />;
}

/** The same in a list of several sources: shown only where the figures are too old to be trusted. */
export function AgeIfStale({ cache }: { cache: Observed }) {
  const now = useNow();
  const stale = now !== null && freshness(readingOf(cache), now).degraded;
  return stale ? <Age cache={cache} /> : null;
}
