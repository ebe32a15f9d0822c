"use client";
import Link from "next/link";
import { StatusDot } from "#components/data/status-dot.tsx";
import { ageSeconds, formatAge } from "#components/data/format.ts";
import { useNow } from "#components/data/use-now.ts";
import { freshnessTone } from "#components/overview/tones.ts";
import type { OverviewSource } from "#lib/overview/schema.ts";

/** How old everything below is, source by source: it outranks every other fact on the screen. */
export function DataStrip({ sources }: { sources: readonly OverviewSource[] }) {
  const now = useNow();
  return (
    <ul
      aria-label="Freshness of each source"
      className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted"
    >
      {sources.map((source) => (
        <li key={source.id} className="inline-flex items-center gap-1.5 whitespace-nowrap">
          <StatusDot tone={freshnessTone[source.freshness]} />
          <Link
            href={`/settings/sources#${source.name}`}
            className="inline-flex min-h-6 items-center hover:text-ink hover:underline"
          >
            {source.name}
          </Link>
          <span>{now ? freshnessWords(source, now) : ""}</span>
        </li>
      ))}
    </ul>
  );
}

function freshnessWords(source: OverviewSource, now: Date): string {
  if (source.freshness === "waiting") return "not observed yet";
  const oldest = worstTime(source);
  const age = formatAge(ageSeconds(oldest, now));
  if (source.freshness === "blind") return oldest ? `blind for ${age}` : "blind, never observed";
  return source.freshness === "stale" ? `stale, ${age} old` : `${age} ago`;
}

/** The time that decides: since when it is blind, else its oldest success. */
function worstTime(source: OverviewSource): string | null {
  const times = source.collections.map((one) =>
    source.freshness === "blind" ? one.blindSince : one.lastSuccessAt,
  );
  return times.filter((time) => time !== null).toSorted()[0] ?? null;
}
