import { clsx } from "clsx";
import { formatInteger } from "#components/data/format.ts";
import type { Tone } from "#components/ui/tone.ts";
import type { Redrive } from "#lib/signals/deadletters/client.ts";
import { partsOf, type RedrivePart, sentOf } from "./redrive-parts.ts";

const fills: Record<Tone, string> = {
  ok: "fill-ok",
  neutral: "fill-series-6",
  warn: "fill-warn",
  crit: "fill-crit",
  accent: "fill-accent",
  unknown: "fill-line",
};

/** How far a redrive is, in its exact parts. */
export function RedriveBar({ redrive, className }: { redrive: Redrive; className?: string }) {
  const { total } = redrive;
  const parts = partsOf(redrive).filter(({ count }) => count > 0);
  const words = parts.map(({ count, label }) => `${formatInteger(count)} ${label}`).join(", ");
  return (
    <svg
      role="progressbar"
      aria-label={`Progress of ${redrive.name}`}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={sentOf(redrive)}
      aria-valuetext={words}
      preserveAspectRatio="none"
      className={clsx("h-2 overflow-hidden rounded-full", className)}
    >
      <title>{words}</title>
      <rect width="100%" height="100%" className="fill-line" />
      {segments(parts).map(({ id, tone, from, count }) => (
        <rect
          key={id}
          x={`${(100 * from) / total}%`}
          width={`${(100 * count) / total}%`}
          height="100%"
          className={fills[tone]}
        />
      ))}
    </svg>
  );
}

/** Each part with where it begins. */
function segments(parts: readonly RedrivePart[]): (RedrivePart & { from: number })[] {
  let from = 0;
  return parts.map((part) => {
    const segment = { ...part, from };
    from += part.count;
    return segment;
  });
}
