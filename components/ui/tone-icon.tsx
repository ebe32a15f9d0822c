import { clsx } from "clsx";
import { CircleAlert, CircleCheck, CircleDashed, Info, TriangleAlert } from "lucide-react";
import { toneText, type Tone } from "#components/ui/tone.ts";

const icons = {
  neutral: Info,
  accent: Info,
  ok: CircleCheck,
  warn: TriangleAlert,
  crit: CircleAlert,
  unknown: CircleDashed,
} as const;

/** A shape per tone, so that colour is never the only difference. Decorative: put the word beside it. */
export function ToneIcon({ tone, className }: { tone: Tone; className?: string }) {
  const Icon = icons[tone];
  return <Icon aria-hidden="true" className={clsx("size-4 shrink-0", toneText[tone], className)} />;
}
