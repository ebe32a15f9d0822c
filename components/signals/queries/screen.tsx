"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { DataTable } from "#components/data/data-table.tsx";
import { EmptyState } from "#components/data/empty-state.tsx";
import { FilterBar, type Facet } from "#components/data/filter-bar.tsx";
import { PageHeader } from "#components/data/page-header.tsx";
import { Panel } from "#components/data/panel.tsx";
import { csvHref } from "#components/data/table-params.ts";
import { TimeRange } from "#components/data/time-range.tsx";
import { type TableView, useTableView } from "#components/data/use-table-view.ts";
import { ToneIcon } from "#components/ui/tone-icon.tsx";
import { queriesQuery } from "#lib/signals/queries/client.ts";
import type { QueryList } from "#lib/signals/queries/schema.ts";
import { queryColumns } from "./columns.tsx";
import { QueryTotals } from "./totals.tsx";
import { queriesView, queryHref } from "./view.ts";

/** Which statements cost most, over any time. */
export function QueriesScreen() {
  const view = useTableView(queriesView);
  const query = useQuery({ ...queriesQuery(view.params), placeholderData: keepPreviousData });
  const page = query.data?.data;
  const several = (page?.sources.length ?? 0) > 1;
  const columns = several ? queryColumns : queryColumns.filter(({ id }) => id !== "source");
  return (
    <>
      <PageHeader
        title="Queries"
        actions={<TimeRange value={view.range} onChange={(range) => view.set({ range })} />}
      />
      <div className="flex flex-col gap-4">
        <Panel
          title="All statements"
          reading={query.data}
          loading={query.isPending}
          error={query.error}
          onRetry={() => query.refetch()}
        >
          {page ? <QueryTotals totals={page.totals} /> : null}
          <Notes notes={page?.notes ?? []} />
        </Panel>
        <Panel title="Statements" hint={SORTED_BY[view.sort]} reading={query.data} flush>
          <DataTable
            label="Statements"
            columns={columns}
            rows={page?.rows ?? []}
            rowId={(row) => row.id}
            rowHref={(row) => queryHref(row.id, view.range)}
            view={view}
            nextCursor={page?.nextCursor ?? null}
            csv={csvHref("/api/v1/signals/queries", view.params)}
            loading={query.isPending}
            refreshing={query.isPlaceholderData}
            error={page ? undefined : query.error}
            onRetry={() => query.refetch()}
            empty={<NoQueries view={view} />}
            toolbar={
              <FilterBar view={view} search="Search statements" facets={facetsOf(page, view)} />
            }
          />
        </Panel>
      </div>
    </>
  );
}

const SORTED_BY: Record<string, string> = {
  time: "by execution time",
  mean: "by time per call",
  calls: "by calls",
  rows: "by rows",
  io: "by blocks read",
  temp: "by temporary files",
};

/** A choice of one is none, unless it was made by a link. */
function facetsOf(page: QueryList | undefined, view: TableView): Facet[] {
  const facets = [
    { id: "source", label: "Source", values: page?.sources ?? [] },
    { id: "database", label: "Database", values: page?.databases ?? [] },
    { id: "role", label: "Role", values: [...new Set(page?.rows.map((row) => row.role))] },
  ];
  return facets.flatMap(({ id, label, values }) => {
    const chosen = view.filters[id];
    const all = chosen && !values.includes(chosen) ? [...values, chosen] : values;
    if (all.length < 2 && !chosen) return [];
    return [{ id, label, options: all.map((value) => ({ value, label: value })) }];
  });
}

function Notes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <ul className="mt-3 flex flex-col gap-1 text-sm">
      {notes.map((note) => (
        <li key={note} className="flex items-start gap-2">
          <ToneIcon tone="warn" className="mt-0.5" />
          <span className="min-w-0 wrap-anywhere">{note}</span>
        </li>
      ))}
    </ul>
  );
}

function NoQueries({ view }: { view: TableView }) {
  if (view.filtered)
    return (
      <EmptyState title="No statement matches">
        Clear the filters, or look at a longer time.
      </EmptyState>
    );
  return (
    <EmptyState title="No statement ran in this time">
      Statements show up with the second collection of a source of kind <code>postgres</code>: what
      ran before Plumbline first looked is not counted.
    </EmptyState>
  );
}
