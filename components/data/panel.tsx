"use client";
import { clsx } from "clsx";
import type { ReactNode } from "react";
import { Card, CardHeader } from "#components/ui/card.tsx";
import { SkeletonLines } from "#components/ui/skeleton.tsx";
import { ToneIcon } from "#components/ui/tone-icon.tsx";
import { ErrorState } from "#components/data/error-state.tsx";
import { freshness, type ReadingInfo } from "#components/data/freshness.ts";
import { ReadingBadge } from "#components/data/reading-badge.tsx";
import { useNow } from "#components/data/use-now.ts";

interface PanelProps {
  title: ReactNode;
  hint?: ReactNode;
  /** Where the data came from and when; omit only for things that do not age. */
  reading?: ReadingInfo;
  actions?: ReactNode;
  /** First load: shows a skeleton instead of the children. */
  loading?: boolean;
  /** Anything thrown by the query; shown in place of the children unless there is still older data (`reading`). */
  error?: unknown;
  onRetry?: () => void;
  /** No inner padding: for tables and lists that reach the edges. */
  flush?: boolean;
  className?: string;
  children?: ReactNode;
}

/** A titled piece of a screen that never hides how old it is: it shows loading, error, stale and unknown by itself. */
export function Panel({
  title,
  hint,
  reading,
  actions,
  loading,
  error,
  onRetry,
  flush,
  className,
  children,
}: PanelProps) {
  const blocked = error !== undefined && error !== null && !reading;
  return (
    <Card className={clsx("flex flex-col", className)}>
      <CardHeader title={title} hint={hint}>
        {reading ? <ReadingBadge reading={reading} /> : null}
        {actions}
      </CardHeader>
      {reading ? <StaleNotice reading={reading} /> : null}
      {loading ? (
        <SkeletonLines />
      ) : blocked ? (
        <ErrorState error={error} onRetry={onRetry} />
      ) : reading?.quality === "unknown" && reading.observedAt === null ? (
        <UnknownState reason={reading.reason} />
      ) : (
        <div className={clsx("min-h-0 min-w-0 flex-1", !flush && "p-3")}>{children}</div>
      )}
    </Card>
  );
}

/** "unknown – why": stands where a number would, when nobody could read it. */
export function UnknownState({ reason }: { reason?: string }) {
  return (
    <p className="flex items-center gap-2 p-4 text-sm text-muted">
      <ToneIcon tone="unknown" />
      <span>unknown – {reason ?? "not observed yet"}</span>
    </p>
  );
}

function StaleNotice({ reading }: { reading: ReadingInfo }) {
  const now = useNow();
  if (!now || !reading.observedAt) return null;
  const state = freshness(reading, now);
  if (!state.degraded) return null;
  const blind = state.tone === "crit";
  return (
    <p
      className={clsx(
        "flex items-start gap-2 border-b border-line px-3 py-1.5 text-xs",
        blind ? "bg-crit-soft text-crit" : "bg-warn-soft text-warn",
      )}
    >
      <ToneIcon tone={state.tone} className="mt-0.5 size-3.5" />
      <span className="min-w-0 wrap-anywhere">
        {blind
          ? "Blind: what follows is the last known state."
          : "Late: what follows may have changed."}{" "}
        {reading.reason}
      </span>
    </p>
  );
}
