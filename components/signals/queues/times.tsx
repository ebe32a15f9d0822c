import { clsx } from "clsx";
import {
  formatCount,
  formatDuration,
  formatInteger,
  formatPercent,
} from "#components/data/format.ts";
import { Stat } from "#components/data/key-value.tsx";
import type { Percentiles, QueueDetail } from "#lib/signals/queues/schema.ts";
import { budgetShare, factor } from "./factor.ts";

/** How long jobs wait and run, and how often they are tried, over the last 15 minutes. */
export function QueueTimes({ queue }: { queue: QueueDetail }) {
  const { times, retries } = queue;
  const used = retries?.budget.hour.used ?? null;
  return (
    <div className="grid gap-x-6 gap-y-3 border-t border-line pt-3 lg:grid-cols-[minmax(0,26rem)_minmax(0,1fr)]">
      <table className="tabular w-full self-start text-sm">
        <caption className="sr-only">Times of the last 15 minutes</caption>
        <thead>
          <tr className="text-right text-xs text-muted">
            <th scope="col" className="py-0.5 text-left font-normal">
              Last 15 min
            </th>
            {["p50", "p95", "p99", "timed"].map((head) => (
              <th key={head} scope="col" className="py-0.5 font-normal">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Row
            label="Wait"
            about="From when a job could run to its start: a delayed job's from the end of its delay."
            times={times?.wait ?? null}
            late={queue.objectiveSeconds}
          />
          <Row
            label="Processing"
            about="From start to end of each attempt, good or bad."
            times={times?.run ?? null}
          />
        </tbody>
      </table>
      <div className="grid grid-cols-3 gap-x-4 gap-y-3">
        <Stat
          label="Attempts per job"
          value={factor(queue.amplification)}
          hint={queue.amplificationUnknown ?? "1× without retries"}
        />
        <Stat
          label="Retry budget"
          value={
            <span className={clsx(used !== null && used > 1 && "text-crit")}>
              {budgetShare(used)}
            </span>
          }
          hint={
            used === null
              ? (queue.amplificationUnknown ?? "too few jobs")
              : used >= 2
                ? "the budget, last hour"
                : "used, last hour"
          }
        />
        <Stat
          label="Stalled"
          value={formatCount(retries ? Math.round(retries.attempts.stalls) : null)}
          hint={retries ? "lost their worker, 15 min" : "no events read yet"}
        />
      </div>
    </div>
  );
}

function Row({
  label,
  about,
  times,
  late,
}: {
  label: string;
  about: string;
  times: Percentiles | null;
  /** Seconds from which on a percentile stands out. */
  late?: number;
}) {
  return (
    <tr className="border-t border-line">
      <th scope="row" title={about} className="py-1 text-left font-normal">
        {label}
      </th>
      {(["p50", "p95", "p99"] as const).map((percentile) => (
        <td
          key={percentile}
          className={clsx(
            "py-1 text-right font-medium",
            times && late !== undefined && times[percentile] > late && "text-warn",
          )}
        >
          {formatDuration(times && times[percentile] * 1_000)}
        </td>
      ))}
      <td className="py-1 text-right text-xs text-muted" title={timedTitle(times)}>
        {times ? timedText(times) : "none"}
      </td>
    </tr>
  );
}

const timedText = ({ timed, of }: Percentiles): string =>
  timed < of ? `${formatPercent(timed / of)} of ${formatCount(of)}` : `all ${formatCount(of)}`;

function timedTitle(times: Percentiles | null): string {
  if (!times) return "Nothing was timed: no job started, or its beginning was not seen.";
  return `${formatInteger(times.timed)} of ${formatInteger(times.of)} could be timed. Percentiles are at most a tenth off.`;
}
