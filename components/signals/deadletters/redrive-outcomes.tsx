import { formatInteger, formatPercent } from "#components/data/format.ts";
import type { Redrive } from "#lib/signals/deadletters/client.ts";
import { failedAgainShare } from "./redrive-parts.ts";

/** How the sent ones fared, and how near that is to the line at which it stops by itself. */
export function Outcomes({ redrive }: { redrive: Redrive }) {
  const { outcomes, stopRatio, canary, state } = redrive;
  const share = failedAgainShare(redrive);
  const over = share !== null && share > stopRatio;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-col gap-1">
        <p className="flex flex-wrap items-baseline justify-between gap-x-3 text-sm">
          <span className={over ? "font-medium text-crit" : undefined}>
            {share === null ? "No outcome is known yet." : `${formatPercent(share)} failed again`}
          </span>
          <span className="text-xs text-muted">stops above {formatPercent(stopRatio)}</span>
        </p>
        <svg
          role="meter"
          aria-label="Share that failed again"
          aria-valuemin={0}
          aria-valuemax={1}
          aria-valuenow={Number((share ?? 0).toFixed(4))}
          aria-valuetext={share === null ? "unknown" : formatPercent(share)}
          className="h-2.5 w-full rounded-full"
        >
          <rect width="100%" height="100%" rx="3" className="fill-line" />
          <rect
            width={`${(share ?? 0) * 100}%`}
            height="100%"
            rx="3"
            className={over ? "fill-crit" : "fill-series-1"}
          />
          <rect x={`${stopRatio * 100}%`} width="2" height="100%" className="fill-ink" />
        </svg>
      </div>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-1 text-sm sm:grid-cols-4">
        <Outcome label="completed" count={outcomes.completed} />
        <Outcome label="failed again" count={outcomes.failedAgain} />
        <Outcome label="still open" count={outcomes.open} />
        <Outcome label="not known" count={outcomes.unknown} />
      </dl>
      {canary > 0 ? (
        <p className="text-xs text-muted">
          {state === "canary"
            ? `The first ${formatInteger(canary)} are out; the rest waits for them.`
            : `The first ${formatInteger(canary)} went ahead as a canary.`}
        </p>
      ) : null}
    </div>
  );
}

const Outcome = ({ label, count }: { label: string; count: number }) => (
  <div className="flex items-baseline gap-1.5">
    <dt className="order-2 text-muted">{label}</dt>
    <dd className="tabular font-medium">{formatInteger(count)}</dd>
  </div>
);
