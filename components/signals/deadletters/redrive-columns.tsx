import type { Column } from "#components/data/column.ts";
import { formatInteger, formatPercent } from "#components/data/format.ts";
import { Badge } from "#components/ui/badge.tsx";
import type { Redrive } from "#lib/signals/deadletters/client.ts";
import { Ago } from "./ago.tsx";
import { RedriveBar } from "./redrive-bar.tsx";
import { failedAgainShare, sentOf } from "./redrive-parts.ts";
import { REDRIVE_STATES } from "./states.ts";

export const redriveColumns: readonly Column<Redrive>[] = [
  {
    id: "name",
    header: "Redrive",
    hideable: false,
    className: "w-full max-w-0 min-w-36",
    cell: (row) => (
      <span className="flex min-w-0 flex-col py-1">
        <bdi className="truncate">{row.name}</bdi>
        <bdi className="truncate text-2xs font-normal text-faint">
          {row.queue.name}
          {row.target ? ` → ${row.target}` : ""}
        </bdi>
      </span>
    ),
  },
  {
    id: "state",
    header: "State",
    cell: (row) => (
      <Badge
        tone={REDRIVE_STATES[row.state].tone}
        title={row.note ?? REDRIVE_STATES[row.state].about}
      >
        {REDRIVE_STATES[row.state].label.toLowerCase()}
      </Badge>
    ),
  },
  {
    id: "progress",
    header: "Progress",
    phone: false,
    cell: (row) => <RedriveBar redrive={row} className="w-32" />,
  },
  {
    id: "sent",
    header: "Dealt with",
    align: "right",
    cell: (row) => `${formatInteger(sentOf(row))} of ${formatInteger(row.total)}`,
  },
  {
    id: "failed_again",
    header: "Failed again",
    about: "Of those whose outcome is known.",
    align: "right",
    phone: false,
    cell: (row) => formatPercent(failedAgainShare(row)),
  },
  {
    id: "by",
    header: "By",
    phone: false,
    className: "max-w-32 truncate",
    cell: (row) => <span title={row.reason.slice(0, 500)}>{row.startedBy}</span>,
  },
  {
    id: "created_at",
    header: "Started",
    align: "right",
    phone: false,
    cell: (row) => <Ago at={row.createdAt} suffix=" ago" />,
  },
];
