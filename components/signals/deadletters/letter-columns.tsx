import { clsx } from "clsx";
import type { Column } from "#components/data/column.ts";
import { formatTime, formatUtc, UNKNOWN } from "#components/data/format.ts";
import { useNow } from "#components/data/use-now.ts";
import type { LetterRow } from "#lib/signals/deadletters/schema.ts";
import { Marks, StateBadge } from "./badges.tsx";

export const letterColumns: readonly Column<LetterRow>[] = [
  {
    id: "job",
    header: "Job",
    hideable: false,
    className: "max-w-28 sm:max-w-64",
    cell: (row) => (
      <span className="flex min-w-0 flex-col py-1">
        {row.name === null ? null : (
          <bdi className="truncate" title={row.name.slice(0, 500)}>
            {row.name}
          </bdi>
        )}
        <bdi
          className={clsx(
            "truncate font-mono font-normal",
            row.name === null ? "text-xs" : "text-2xs text-faint",
          )}
        >
          {row.job}
        </bdi>
      </span>
    ),
  },
  {
    id: "error",
    header: "Error",
    className: "w-full max-w-0 min-w-24 sm:min-w-32",
    cell: (row) => (
      <span className="flex min-w-0 gap-x-2 gap-y-0.5 max-sm:flex-col max-sm:items-start max-sm:py-1 sm:items-baseline">
        <Marks letter={row} />
        <span className="max-w-full min-w-0 truncate" title={row.message.slice(0, 1_000)}>
          <bdi className="font-mono text-xs max-sm:hidden">{row.errorClass}</bdi>{" "}
          <bdi>{row.message}</bdi>
        </span>
      </span>
    ),
  },
  {
    id: "queue",
    header: "Queue",
    phone: false,
    className: "max-w-40 truncate",
    cell: (row) => <bdi title={`${row.queue.source} · ${row.queue.key}`}>{row.queue.name}</bdi>,
  },
  {
    id: "state",
    header: "State",
    phone: false,
    cell: (row) => (
      <span className="flex items-center gap-1">
        <StateBadge letter={row} />
      </span>
    ),
  },
  {
    id: "attempts",
    header: "Attempts",
    about: "Attempts that ended, of those allowed.",
    align: "right",
    phone: false,
    cell: (row) => `${row.attempts ?? UNKNOWN}/${row.maxAttempts ?? UNKNOWN}`,
  },
  {
    id: "failed_at",
    header: "Failed",
    sortable: true,
    align: "right",
    cell: (row) => <When at={row.failedAt} />,
  },
];

function When({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={formatUtc(at)}>
      {now ? formatTime(at, now, { seconds: true }) : ""}
    </time>
  );
}
