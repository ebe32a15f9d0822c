import type { Column } from "#components/data/column.ts";
import { formatTime, formatUtc, UNKNOWN } from "#components/data/format.ts";
import { useNow } from "#components/data/use-now.ts";
import { Badge } from "#components/ui/badge.tsx";
import type { JobRow } from "#lib/signals/queues/client.ts";
import type { JobState } from "#lib/signals/queues/schema.ts";

/** Which time of a job says most in each state. */
const WHEN: Record<JobState, { header: string; of: (row: JobRow) => string | null }> = {
  waiting: { header: "Added", of: (row) => row.addedAt },
  paused: { header: "Added", of: (row) => row.addedAt },
  prioritized: { header: "Added", of: (row) => row.addedAt },
  active: { header: "Started", of: (row) => row.startedAt },
  delayed: { header: "Due", of: (row) => row.dueAt },
  "waiting-children": { header: "Added", of: (row) => row.addedAt },
  completed: { header: "Completed", of: (row) => row.finishedAt },
  failed: { header: "Failed", of: (row) => row.finishedAt },
};

export function jobColumns(state: JobState): readonly Column<JobRow>[] {
  const when = WHEN[state];
  const columns: Column<JobRow>[] = [
    {
      id: "id",
      header: "Job",
      hideable: false,
      className: "max-w-40 sm:max-w-64",
      cell: (row) => <span className="block truncate font-mono text-xs">{row.id}</span>,
    },
    {
      id: "name",
      header: "Name",
      className: "max-w-48 truncate",
      phone: false,
      cell: (row) =>
        row.ghost ? (
          <Badge tone="warn" title="The queue lists this id, but the job's data is gone.">
            data gone
          </Badge>
        ) : (
          (row.name ?? UNKNOWN)
        ),
    },
    {
      id: "when",
      header: when.header,
      sortable: true,
      className: "whitespace-nowrap",
      cell: (row) => <When at={when.of(row)} />,
    },
    {
      id: "attempts",
      header: "Attempts",
      align: "right",
      about: "Attempts that ended, of those allowed.",
      phone: false,
      cell: (row) => <Attempts row={row} />,
    },
  ];
  if (state === "prioritized") {
    columns.push({
      id: "priority",
      header: "Priority",
      align: "right",
      about: "1 is the most urgent.",
      cell: (row) => row.priority,
    });
  }
  if (state === "active") {
    columns.push({ id: "worker", header: "Worker", cell: (row) => row.worker ?? UNKNOWN });
  }
  if (state === "failed" || state === "delayed") {
    columns.push({
      id: "reason",
      header: state === "failed" ? "Why" : "Last failure",
      className: "w-full max-w-0 truncate",
      cell: (row) => (
        <span title={row.failedReason ?? undefined}>{row.failedReason ?? UNKNOWN}</span>
      ),
    });
  }
  return columns;
}

function When({ at }: { at: string | null }) {
  const now = useNow();
  if (!at) return UNKNOWN;
  return (
    <time dateTime={at} title={formatUtc(at)}>
      {now ? formatTime(at, now, { seconds: true }) : ""}
    </time>
  );
}

function Attempts({ row }: { row: JobRow }) {
  return (
    <span className="whitespace-nowrap">
      {row.stalls ? (
        <Badge tone="warn" title={`It lost its worker ${row.stalls}×.`}>
          stalled
        </Badge>
      ) : null}{" "}
      {row.attemptsMade}/{row.maxAttempts}
    </span>
  );
}
