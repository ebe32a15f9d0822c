import { clsx } from "clsx";
import type { Tone } from "#components/ui/tone.ts";
import { UNKNOWN } from "#components/data/format.ts";

const fills: Record<Tone, string> = {
  neutral: "fill-series-6",
  accent: "fill-series-1",
  ok: "fill-ok",
  warn: "fill-warn",
  crit: "fill-crit",
  unknown: "fill-line-strong",
};

/** A share as a thin bar with its text: `<Meter label="Share of database time" ratio={0.42} text="42%" />`. Null ratio = unknown. */
export function Meter({
  label,
  ratio,
  text,
  tone = "accent",
  className,
}: {
  label: string;
  ratio: number | null;
  text: string;
  tone?: Tone;
  className?: string;
}) {
  const share = ratio === null ? null : Math.max(0, Math.min(1, ratio));
  return (
    <span className={clsx("flex min-w-0 items-center gap-2", className)}>
      <svg
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={1}
        // ARIA knows no exponents.
        aria-valuenow={Number((share ?? 0).toFixed(4))}
        aria-valuetext={share === null ? "unknown" : text}
        className="h-1.5 w-0 min-w-8 flex-1 rounded-full"
      >
        <rect
          width="100%"
          height="100%"
          rx="3"
          className={share === null ? "fill-none stroke-line-strong" : "fill-line"}
          strokeDasharray="3 2"
        />
        {share ? (
          <rect width={`${share * 100}%`} height="100%" rx="3" className={fills[tone]} />
        ) : null}
      </svg>
      <span aria-hidden="true" className="w-12 shrink-0 text-right">
        {share === null ? UNKNOWN : text}
      </span>
    </span>
  );
}
