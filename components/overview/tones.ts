import type { Freshness, OverviewProblem } from "#lib/overview/schema.ts";
import type { Tone } from "#components/ui/tone.ts";

export const severityTone: Record<OverviewProblem["severity"], Tone> = {
  critical: "crit",
  warning: "warn",
  risk: "neutral",
};

export const freshnessTone: Record<Freshness, Tone> = {
  fresh: "ok",
  stale: "warn",
  blind: "crit",
  waiting: "unknown",
};
