"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { DataTable } from "#components/data/data-table.tsx";
import { EmptyState } from "#components/data/empty-state.tsx";
import { FilterBar } from "#components/data/filter-bar.tsx";
import { TimeRange } from "#components/data/time-range.tsx";
import { csvHref } from "#components/data/table-params.ts";
import { useTableView } from "#components/data/use-table-view.ts";
import { auditColumns } from "#components/audit/columns.tsx";
import { EventDetail } from "#components/audit/event-detail.tsx";
import { auditView } from "#components/audit/view.ts";
import { Card } from "#components/ui/card.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { AUDIT_API, auditQuery } from "#lib/audit/client.ts";

const options = (values: readonly string[]) =>
  values.map((value) => ({ value, label: value.replaceAll("_", " ") }));

const FACETS = [
  { id: "phase", label: "Phase", options: options(["intent", "outcome", "event"]) },
  {
    id: "outcome",
    label: "Outcome",
    options: options([
      "succeeded",
      "confirmed_by_reading_back",
      "failed",
      "outcome_unknown",
      "denied",
    ]),
  },
];

/** Who did what to what, why, and what came of it; every row opens to its difference and its hash. */
export function AuditScreen() {
  const view = useTableView(auditView);
  const query = useQuery({ ...auditQuery(view.params), placeholderData: keepPreviousData });
  const rows = query.data?.rows ?? [];
  const open = rows.find((row) => row.seq === (view.sel ?? view.filters["seq"]));
  return (
    <div className="flex flex-col gap-4">
      <h1 className="text-xl font-semibold tracking-tight">Audit</h1>
      <Card>
        <DataTable
          label="Audit events"
          columns={auditColumns}
          rows={rows}
          rowId={(row) => row.seq}
          rowHref={(row) => `/audit?${new URLSearchParams({ ...view.params, sel: row.seq })}`}
          view={view}
          nextCursor={query.data?.nextCursor ?? null}
          csv={csvHref(AUDIT_API, view.params)}
          loading={query.isPending}
          refreshing={query.isPlaceholderData}
          error={query.data ? undefined : query.error}
          onRetry={() => query.refetch()}
          empty={
            <EmptyState title="No events">Nothing was done that matches this view.</EmptyState>
          }
          toolbar={
            <FilterBar view={view} search="Search target, reason, action" facets={FACETS}>
              <TimeRange value={view.range || "30d"} onChange={(range) => view.set({ range })} />
            </FilterBar>
          }
        />
      </Card>
      <Dialog
        open={open !== undefined}
        onOpenChange={() => view.set({ sel: null, seq: null })}
        title={`Event ${open?.seq ?? ""}`}
        placement="right"
      >
        {open ? <EventDetail event={open} /> : null}
      </Dialog>
    </div>
  );
}
