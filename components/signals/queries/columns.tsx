import { clsx } from "clsx";
import type { Column } from "#components/data/column.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInteger,
  formatPercent,
  formatRate,
} from "#components/data/format.ts";
import { Meter } from "#components/data/meter.tsx";
import { Sparkline } from "#components/data/sparkline.tsx";
import { Badge } from "#components/ui/badge.tsx";
import type { QueryRow } from "#lib/signals/queries/schema.ts";

/** One call this slow is felt by whoever waits for it. */
const SLOW_MS = 500;

export const queryColumns: readonly Column<QueryRow>[] = [
  {
    id: "statement",
    header: "Statement",
    hideable: false,
    className: "w-full max-w-0 min-w-36 sm:min-w-56",
    cell: (row) => <Statement row={row} />,
  },
  {
    id: "source",
    header: "Source",
    phone: false,
    className: "text-muted",
    cell: (row) => row.source,
  },
  {
    id: "database",
    header: "Database",
    phone: false,
    initiallyHidden: true,
    className: "text-muted",
    cell: (row) => row.database,
  },
  {
    id: "role",
    header: "Role",
    phone: false,
    initiallyHidden: true,
    className: "text-muted",
    cell: (row) => row.role,
  },
  {
    id: "time",
    header: "Share of time",
    about: "Part of the execution time of all statements shown, whatever the search.",
    sortable: true,
    className: "sm:w-36",
    cell: (row) => (
      <Meter
        label="Share of database time"
        ratio={row.share}
        text={formatPercent(row.share)}
        className="w-24 sm:w-32"
      />
    ),
  },
  {
    id: "spark",
    header: "Over time",
    about: "Execution time in equal parts of the range. Gaps: nobody looked.",
    phone: false,
    cell: (row) => (
      <Sparkline values={row.spark} label="Execution time" format={(ms) => formatDuration(ms)} />
    ),
  },
  {
    id: "total",
    header: "Time",
    about: "Execution time, all calls together.",
    align: "right",
    phone: false,
    cell: (row) => formatDuration(row.execMs),
  },
  {
    id: "mean",
    header: "Mean",
    about: "Execution time per call.",
    sortable: true,
    align: "right",
    cell: (row) => (
      <span className={clsx(row.meanMs >= SLOW_MS && "font-medium text-warn")}>
        {formatDuration(row.meanMs)}
      </span>
    ),
  },
  {
    id: "calls",
    header: "Calls",
    about: "Calls per second of observed time; hover for their number.",
    sortable: true,
    align: "right",
    cell: (row) => (
      <span title={`${formatInteger(row.calls)} calls`}>{formatRate(row.callsPerSecond)}</span>
    ),
  },
  {
    id: "rows",
    header: "Rows",
    about: "Rows returned or changed, all calls together.",
    sortable: true,
    align: "right",
    phone: false,
    initiallyHidden: true,
    cell: (row) => <span title={formatInteger(row.rows)}>{formatCount(row.rows)}</span>,
  },
  {
    id: "hit",
    header: "Cache hit",
    about: "Blocks found in shared buffers, of all asked for.",
    align: "right",
    phone: false,
    initiallyHidden: true,
    cell: (row) => formatPercent(row.hitRatio),
  },
  {
    id: "io",
    header: "Read",
    about:
      "Blocks that were not in shared buffers. The time they took stands behind it, where track_io_timing is on.",
    sortable: true,
    align: "right",
    phone: false,
    cell: (row) => (
      <span title={row.readMs === null ? "Read time unknown: track_io_timing is off." : undefined}>
        {formatBytes(row.readBytes)}
        {row.readMs ? <span className="text-faint"> {formatDuration(row.readMs)}</span> : null}
      </span>
    ),
  },
  {
    id: "temp",
    header: "Temp",
    about: "Read from and written to temporary files: sorts and hashes that did not fit work_mem.",
    sortable: true,
    align: "right",
    phone: false,
    cell: (row) => (row.tempBytes === 0 ? <Nothing /> : formatBytes(row.tempBytes)),
  },
  {
    id: "wal",
    header: "WAL",
    about: "Write-ahead log written.",
    align: "right",
    phone: false,
    initiallyHidden: true,
    cell: (row) => (row.walBytes === 0 ? <Nothing /> : formatBytes(row.walBytes)),
  },
];

const Nothing = () => <span className="text-faint">0</span>;

function Statement({ row }: { row: QueryRow }) {
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5 sm:flex-nowrap">
      <span className="min-w-0 truncate font-mono text-xs" title={row.summary ?? undefined}>
        {row.summary ?? "text not known yet"}
      </span>
      {row.planChanged ? (
        <Badge tone="warn" title="The server plans it differently since some time in this range.">
          plan changed
        </Badge>
      ) : null}
      {row.toplevel ? null : (
        <Badge title="Sent by a function or trigger: its time is part of that one's, too.">
          nested
        </Badge>
      )}
    </span>
  );
}
