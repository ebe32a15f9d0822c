"use client";
import { clsx } from "clsx";
import { Tooltip } from "#components/ui/tooltip.tsx";
import { toneText } from "#components/ui/tone.ts";
import { StatusDot } from "#components/data/status-dot.tsx";
import { formatUtc } from "#components/data/format.ts";
import { freshness, type ReadingInfo } from "#components/data/freshness.ts";
import { useNow } from "#components/data/use-now.ts";

/** How old a reading is, ticking: green age, amber "stale" after 3 intervals, red "blind". Hover or focus tells when and why. */
export function ReadingBadge({ reading, className }: { reading: ReadingInfo; className?: string }) {
  const now = useNow();
  if (!now) return null;
  const state = freshness(reading, now);
  const why = [
    reading.observedAt ? `Observed ${formatUtc(reading.observedAt)}` : "No observation yet",
    reading.intervalSeconds ? `every ${reading.intervalSeconds} s` : "",
    reading.reason ?? "",
  ];
  return (
    <Tooltip content={why.filter(Boolean).join(" · ")}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the tooltip must be reachable by keyboard when it says why */}
      <span
        tabIndex={state.degraded ? 0 : undefined}
        className={clsx(
          "tabular inline-flex items-center gap-1.5 rounded-sm text-xs whitespace-nowrap",
          state.degraded ? toneText[state.tone] : "text-muted",
          className,
        )}
      >
        <StatusDot tone={state.tone} />
        {state.label}
      </span>
    </Tooltip>
  );
}
