import { Badge } from "#components/ui/badge.tsx";
import type { Tone } from "#components/ui/tone.ts";
import type { Verdict } from "#lib/signals/caches/schema.ts";

const VERDICTS: Record<Verdict["state"], { word: string; tone: Tone }> = {
  ok: { word: "fine", tone: "ok" },
  poor: { word: "poor", tone: "warn" },
  contaminated: { word: "contaminated by queue traffic", tone: "neutral" },
  few: { word: "too few reads", tone: "neutral" },
  unknown: { word: "not observed", tone: "unknown" },
};

/** What may be said of the ratio; hover tells why. */
export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  const { word, tone } = VERDICTS[verdict.state];
  return (
    <Badge tone={tone} title={verdict.why}>
      {word}
    </Badge>
  );
}

/** The same in a list, where only what stands out is marked. */
export function VerdictWord({ verdict }: { verdict: Verdict }) {
  const { word } = VERDICTS[verdict.state];
  if (verdict.state === "poor" || verdict.state === "contaminated")
    return <VerdictBadge verdict={verdict} />;
  return (
    <span title={verdict.why} className="text-xs text-muted">
      {word}
    </span>
  );
}

/** A ratio that means nothing has no colour of its own. */
export const ratioTone = ({ state }: Verdict): Tone =>
  state === "poor" ? "warn" : state === "ok" ? "accent" : "neutral";
