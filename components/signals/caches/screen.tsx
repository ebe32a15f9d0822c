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
import { cachesQuery } from "#lib/signals/caches/client.ts";
import { KINDS } from "#lib/signals/caches/schema.ts";
import { cacheColumns } from "./columns.tsx";
import { KIND_LABELS } from "./kinds.ts";
import { MainCard } from "./main-card.tsx";
import { Notes } from "./notes.tsx";
import { cacheHref, cachesView, mainParams } from "./view.ts";

/** How much of what is asked for the caches have, and what the rest costs. */
export function CachesScreen() {
  const view = useTableView(cachesView);
  return (
    <>
      <PageHeader
        title="Caches"
        actions={<TimeRange value={view.range} onChange={(range) => view.set({ range })} />}
      />
      <div className="flex flex-col gap-4">
        <Mains view={view} />
        <All view={view} />
      </div>
    </>
  );
}

/** One card per source, each with its own age: the picture, before any list. */
function Mains({ view }: { view: TableView }) {
  const query = useQuery({
    ...cachesQuery(mainParams(view.params)),
    placeholderData: keepPreviousData,
  });
  const page = query.data?.data;
  return (
    <Panel
      title="Databases and Redis servers"
      loading={query.isPending}
      error={page ? undefined : query.error}
      onRetry={() => query.refetch()}
    >
      {page?.rows.length === 0 ? <NothingYet /> : null}
      <div className="grid gap-3 md:grid-cols-2 2xl:grid-cols-3">
        {page?.rows.map((cache) => (
          <MainCard key={cache.id} cache={cache} range={view.range} />
        ))}
      </div>
      {page && page.notes.length > 0 ? (
        <div className="mt-3">
          <Notes notes={page.notes} />
        </div>
      ) : null}
    </Panel>
  );
}

function All({ view }: { view: TableView }) {
  const query = useQuery({ ...cachesQuery(view.params), placeholderData: keepPreviousData });
  const page = query.data?.data;
  const sources = page?.sources ?? [];
  const columns =
    sources.length > 1 ? cacheColumns : cacheColumns.filter(({ id }) => id !== "source");
  return (
    <Panel title="All caches" hint={SORTED_BY[view.sort]} reading={query.data} flush>
      <DataTable
        label="Caches"
        columns={columns}
        rows={page?.rows ?? []}
        rowId={(row) => row.id}
        rowHref={(row) => cacheHref(row.id, view.range)}
        view={view}
        nextCursor={page?.nextCursor ?? null}
        total={page?.total}
        csv={csvHref("/api/v1/signals/caches", view.params)}
        loading={query.isPending}
        refreshing={query.isPlaceholderData}
        error={page ? undefined : query.error}
        onRetry={() => query.refetch()}
        empty={view.filtered ? <NoMatch /> : <NothingYet />}
        toolbar={<FilterBar view={view} search="Search caches" facets={facetsOf(sources, view)} />}
      />
    </Panel>
  );
}

const SORTED_BY: Record<string, string> = {
  misses: "by reads per second",
  ratio: "by hit ratio",
  lookups: "by what is asked of them",
  read_time: "by time per read",
  evicted: "by evictions",
};

/** A choice of one is none, unless it was made by a link. */
function facetsOf(sources: readonly string[], view: TableView): Facet[] {
  const chosen = view.filters["source"];
  const all = chosen && !sources.includes(chosen) ? [...sources, chosen] : sources;
  const source = {
    id: "source",
    label: "Source",
    options: all.map((name) => ({ value: name, label: name })),
  };
  const kind = {
    id: "kind",
    label: "Kind",
    options: KINDS.map((value) => ({ value, label: KIND_LABELS[value] })),
  };
  return all.length > 1 ? [source, kind] : [kind];
}

const NoMatch = () => (
  <EmptyState title="No cache matches">Clear the filters to see all.</EmptyState>
);

const NothingYet = () => (
  <EmptyState title="No caches yet">
    They show up with the first collection of a source of kind <code>postgres</code> or{" "}
    <code>redis</code>, and their ratios with the second: what happened before Plumbline first
    looked is not counted.
  </EmptyState>
);
