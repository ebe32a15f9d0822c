import { clsx } from "clsx";
import type { Column } from "#components/data/column.ts";
import {
  formatCount,
  formatDuration,
  formatInteger,
  formatPercent,
  formatRate,
  UNKNOWN,
} from "#components/data/format.ts";
import { Sparkline } from "#components/data/sparkline.tsx";
import { isFailing, isLate, QueueBadges } from "./badges.tsx";
import { Judged } from "./judged.tsx";
import { StateMix } from "./state-mix.tsx";
import { factor } from "./factor.ts";
import { WORKERS_UNKNOWN } from "./states.ts";
import type { QueueRow } from "#lib/signals/queues/schema.ts";

const DEFAULT_PREFIX = "bull";

export const queueColumns: readonly Column<QueueRow>[] = [
  {
    id: "name",
    header: "Queue",
    hideable: false,
    sortable: true,
    firstDir: "asc",
    className: "min-w-36",
    cell: (row) => (
      <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1 py-1">
        <span className="min-w-0 truncate">
          {row.prefix === DEFAULT_PREFIX ? null : <span className="text-faint">{row.prefix}:</span>}
          {row.name}
        </span>
        <QueueBadges queue={row} />
      </span>
    ),
  },
  {
    id: "source",
    header: "Source",
    sortable: true,
    firstDir: "asc",
    phone: false,
    className: "text-muted",
    cell: (row) => row.source,
  },
  {
    id: "mix",
    header: "Jobs",
    about:
      "Active, waiting, prioritized, delayed and failed as parts of one bar. Completed ones are left out.",
    phone: false,
    cell: (row) => <StateMix counts={row.counts} />,
  },
  {
    id: "backlog",
    header: "Backlog",
    about: "Jobs that could run now: waiting, prioritized, and set aside while paused.",
    sortable: true,
    align: "right",
    cell: (row) => count(row.backlog),
  },
  {
    id: "spark",
    header: "Last hour",
    about: "Backlog over the last hour.",
    phone: false,
    cell: (row) => <Sparkline values={row.spark} label="Backlog, last hour" format={formatCount} />,
  },
  {
    id: "oldest",
    header: "Oldest",
    about: "How long the oldest of the backlog has been waiting. ~ marks an estimate.",
    sortable: true,
    align: "right",
    cell: (row) => (
      <span className={clsx(isLate(row) && "font-medium text-warn")}>
        <Judged
          value={row.oldestWaitingSeconds}
          format={(seconds) => formatDuration(seconds * 1_000)}
          unknown={row.backlog === 0 ? "Nothing waits." : "Nothing tells since when the jobs wait."}
          estimate="An estimate: a closer look could find an older one."
        />
      </span>
    ),
  },
  {
    id: "active",
    header: "Active",
    sortable: true,
    align: "right",
    phone: false,
    cell: (row) => count(row.counts.active),
  },
  {
    id: "delayed",
    header: "Retrying",
    about:
      "Delayed jobs with a failed attempt behind them; scheduled ones are not counted. Sorts by all delayed jobs.",
    sortable: true,
    align: "right",
    phone: false,
    cell: (row) => <Judged value={row.retrying} format={formatCount} />,
  },
  {
    id: "failed",
    header: "Failed",
    about: "Jobs out of attempts that the queue keeps.",
    sortable: true,
    align: "right",
    cell: (row) => count(row.counts.failed),
  },
  {
    id: "throughput",
    header: "Done",
    about: "Completed jobs over the last five minutes.",
    sortable: true,
    align: "right",
    phone: false,
    cell: (row) => <Throughput row={row} />,
  },
  {
    id: "failure_ratio",
    header: "Failing",
    about: "Failed share of the jobs that finished in the last 15 minutes.",
    sortable: true,
    align: "right",
    phone: false,
    cell: (row) => (
      <span
        className={clsx(isFailing(row) && "font-medium text-crit")}
        title={row.finished.failureRatio === null ? "No finished job was seen." : undefined}
      >
        {formatPercent(row.finished.failureRatio)}
      </span>
    ),
  },
  {
    id: "wait",
    header: "Wait p95",
    about: "95 of 100 jobs that started in the last 15 minutes waited no longer than this.",
    sortable: true,
    align: "right",
    phone: false,
    initiallyHidden: true,
    cell: (row) => formatDuration(row.times?.wait && row.times.wait.p95 * 1_000),
  },
  {
    id: "amplification",
    header: "Attempts",
    about: "Attempts begun per job over 15 minutes: 1× without retries.",
    sortable: true,
    align: "right",
    phone: false,
    cell: (row) => (
      <span
        className={clsx(row.storm && "font-medium text-crit")}
        title={row.amplificationUnknown ?? undefined}
      >
        {factor(row.amplification)}
      </span>
    ),
  },
  {
    id: "workers",
    header: "Workers",
    about: "Connections of workers to this queue.",
    sortable: true,
    align: "right",
    phone: false,
    cell: (row) => (
      <span
        className={clsx(row.unattended && "font-medium text-crit")}
        title={row.workers === null ? WORKERS_UNKNOWN : undefined}
      >
        {formatInteger(row.workers)}
      </span>
    ),
  },
];

function Throughput({ row: { finished } }: { row: QueueRow }) {
  const perMinute = finished.completedPerMinute;
  if (perMinute === null) return <span title="Not observed long enough.">{UNKNOWN}</span>;
  const text = formatRate(perMinute / 60);
  return (
    <span title={finished.estimatedBecause ?? undefined}>
      {finished.estimatedBecause ? `~${text}` : text}
    </span>
  );
}

const count = (value: number | null | undefined) => (
  <span title={formatInteger(value)}>{formatCount(value)}</span>
);
