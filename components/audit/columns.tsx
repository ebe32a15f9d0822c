import { Badge } from "#components/ui/badge.tsx";
import type { Tone } from "#components/ui/tone.ts";
import type { Column } from "#components/data/column.ts";
import { formatUtc } from "#components/data/format.ts";
import type { AuditRow } from "#lib/audit/schema.ts";

const outcomeTone: Record<string, Tone> = {
  succeeded: "ok",
  confirmed_by_reading_back: "ok",
  failed: "crit",
  denied: "warn",
  outcome_unknown: "warn",
};

export const auditColumns: readonly Column<AuditRow>[] = [
  {
    id: "seq",
    header: "#",
    cell: (row) => row.seq,
    sortable: true,
    align: "right",
    hideable: false,
    className: "w-16",
  },
  {
    id: "at",
    header: "When (UTC)",
    cell: (row) => formatUtc(row.at).replace(" UTC", ""),
    className: "whitespace-nowrap",
  },
  { id: "actor", header: "Who", cell: (row) => row.actorLogin },
  { id: "action", header: "Action", cell: (row) => row.action, hideable: false },
  { id: "phase", header: "Phase", cell: (row) => row.phase, phone: false },
  {
    id: "outcome",
    header: "Outcome",
    cell: (row) =>
      row.outcome ? (
        <Badge tone={outcomeTone[row.outcome] ?? "neutral"}>
          {row.outcome.replaceAll("_", " ")}
        </Badge>
      ) : null,
  },
  {
    id: "target",
    header: "Target",
    cell: (row) => row.target,
    className: "w-full max-w-0 min-w-40 truncate",
  },
  {
    id: "reason",
    header: "Reason",
    cell: (row) => row.reason,
    className: "max-w-64 truncate",
    phone: false,
  },
];
