"use client";
import { ageSeconds, formatAge, formatUtc, UNKNOWN } from "#components/data/format.ts";
import { useNow } from "#components/data/use-now.ts";

/** A time as its age, ticking; the exact time on hover. */
export function Ago({ at, suffix = "" }: { at: string | null; suffix?: string }) {
  const now = useNow();
  if (!at) return UNKNOWN;
  return (
    <time dateTime={at} title={formatUtc(at)} className="whitespace-nowrap">
      {now ? `${formatAge(ageSeconds(at, now))}${suffix}` : ""}
    </time>
  );
}
