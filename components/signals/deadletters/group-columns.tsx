import type { Column } from "#components/data/column.ts";
import { formatCount, formatInteger, plural } from "#components/data/format.ts";
import { Sparkline } from "#components/data/sparkline.tsx";
import { useNow } from "#components/data/use-now.ts";
import { Badge } from "#components/ui/badge.tsx";
import type { GroupRow } from "#lib/signals/deadletters/schema.ts";
import { Ago } from "./ago.tsx";

/** Names beyond these are counted. */
const SHOWN_NAMES = 2;
/** A cause that was first seen this recently is news. */
const NEW_MS = 3_600_000;

export const groupColumns: readonly Column<GroupRow>[] = [
  {
    id: "error",
    header: "Error",
    hideable: false,
    className: "w-full max-w-0 min-w-40",
    cell: (row) => <What row={row} />,
  },
  {
    id: "dead",
    header: "Dead",
    about: "Letters of this group that match the search and wait for somebody.",
    sortable: true,
    align: "right",
    cell: (row) => (
      <span className="font-medium" title={formatInteger(row.dead)}>
        {formatCount(row.dead)}
      </span>
    ),
  },
  {
    id: "trend",
    header: "Last 24 h",
    about: "Arrivals in equal parts of the last 24 hours.",
    phone: false,
    cell: (row) => <Sparkline values={row.trend} label="Arrivals, 24 h" format={formatCount} />,
  },
  {
    id: "where",
    header: "Queues and jobs",
    phone: false,
    className: "max-w-56",
    cell: (row) => <Where row={row} />,
  },
  {
    id: "last_seen",
    header: "Last seen",
    sortable: true,
    align: "right",
    cell: (row) => <Ago at={row.lastSeen} suffix=" ago" />,
  },
  {
    id: "first_seen",
    header: "First seen",
    sortable: true,
    align: "right",
    phone: false,
    cell: (row) => <Ago at={row.firstSeen} suffix=" ago" />,
  },
  {
    id: "total",
    header: "All",
    about: "Letters in every state: also retried, discarded and lost ones.",
    sortable: true,
    align: "right",
    phone: false,
    initiallyHidden: true,
    cell: (row) => <span title={formatInteger(row.total)}>{formatCount(row.total)}</span>,
  },
];

function What({ row }: { row: GroupRow }) {
  return (
    <span className="flex min-w-0 flex-col py-1">
      <span className="flex min-w-0 items-baseline gap-2">
        <span className="min-w-0 truncate" title={row.message.slice(0, 1_000)}>
          <bdi className="font-mono text-xs">{row.errorClass}</bdi>{" "}
          <bdi className="font-normal">{row.message}</bdi>
        </span>
        <News row={row} />
        {row.reasonClass === "other" ? null : (
          <Badge className="max-sm:hidden">{row.reasonClass.replaceAll("_", " ")}</Badge>
        )}
      </span>
      {row.frame ? (
        <bdi className="truncate font-mono text-2xs font-normal text-faint">{row.frame}</bdi>
      ) : null}
    </span>
  );
}

function News({ row }: { row: GroupRow }) {
  const now = useNow();
  if (!now || now.getTime() - Date.parse(row.firstSeen) > NEW_MS) return null;
  return (
    <Badge tone="warn" title="First seen within the last hour.">
      new
    </Badge>
  );
}

function Where({ row }: { row: GroupRow }) {
  return (
    <span className="flex flex-col">
      <Names names={row.queues.map(({ queue }) => queue.name)} />
      <span className="text-2xs text-faint">
        <Names names={row.names} />
      </span>
    </span>
  );
}

function Names({ names }: { names: readonly string[] }) {
  const more = names.length - SHOWN_NAMES;
  return (
    <span className="block truncate" title={names.slice(0, 20).join(", ")}>
      <bdi>{names.slice(0, SHOWN_NAMES).join(", ")}</bdi>
      {more > 0 ? <span className="text-faint"> and {plural(more, "more", "more")}</span> : null}
    </span>
  );
}
