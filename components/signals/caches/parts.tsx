"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { DataTable } from "#components/data/data-table.tsx";
import { EmptyState } from "#components/data/empty-state.tsx";
import { Panel } from "#components/data/panel.tsx";
import { csvHref } from "#components/data/table-params.ts";
import type { TableView } from "#components/data/use-table-view.ts";
import { Tabs } from "#components/ui/tabs.tsx";
import { cachesQuery } from "#lib/signals/caches/client.ts";
import type { CacheDetail, CacheKind } from "#lib/signals/caches/schema.ts";
import { partColumns } from "./columns.tsx";
import { cacheHref } from "./view.ts";

const DATABASE_PARTS = [
  { kind: "table", label: "Tables" },
  { kind: "index", label: "Indexes" },
  { kind: "io", label: "I/O contexts" },
] as const;

/** What a database's or a table's reads are made of, most read first. Nothing for caches without parts. */
export function CacheParts({ cache, view }: { cache: CacheDetail; view: TableView }) {
  if (cache.kind === "table")
    return (
      <PartTable cache={cache} view={view} title="Its indexes" kind="index" parent={cache.key} />
    );
  if (cache.kind !== "database") return null;
  if (!cache.main)
    return (
      <Panel title="Tables and indexes">
        <p className="text-sm text-muted">
          PostgreSQL shows them only to those who are connected to {cache.name}: add a source for it
          to see them.
        </p>
      </Panel>
    );
  return (
    <Tabs
      label="What its reads are made of"
      value={view.filters["tab"] || "table"}
      onValueChange={(tab) => view.set({ tab, sort: null, dir: null })}
      items={DATABASE_PARTS.map(({ kind, label }) => ({
        id: kind,
        label,
        panel: <PartTable key={kind} cache={cache} view={view} title={label} kind={kind} />,
      }))}
    />
  );
}

interface PartTableProps {
  cache: CacheDetail;
  view: TableView;
  title: string;
  kind: CacheKind;
  parent?: string;
}

function PartTable({ cache, view, title, kind, parent }: PartTableProps) {
  const { tab: _tab, ...rest } = view.params;
  const params = { ...rest, source: cache.source, kind, ...(parent && { parent }) };
  const query = useQuery({ ...cachesQuery(params), placeholderData: keepPreviousData });
  const page = query.data?.data;
  return (
    <Panel
      title={title}
      hint={kind === "io" ? "of the whole server" : undefined}
      reading={query.data}
      flush
    >
      <DataTable
        label={title}
        columns={partColumns(kind, cache.misses)}
        rows={page?.rows ?? []}
        rowId={(row) => row.id}
        rowHref={(row) => cacheHref(row.id, view.range)}
        view={view}
        nextCursor={page?.nextCursor ?? null}
        total={page?.total}
        csv={csvHref("/api/v1/signals/caches", params)}
        loading={query.isPending}
        refreshing={query.isPlaceholderData}
        error={page ? undefined : query.error}
        onRetry={() => query.refetch()}
        empty={<NoParts kind={kind} />}
      />
    </Panel>
  );
}

function NoParts({ kind }: { kind: CacheKind }) {
  if (kind === "io")
    return (
      <EmptyState title="No I/O contexts">
        PostgreSQL counts them from version 16 on (pg_stat_io).
      </EmptyState>
    );
  return <EmptyState title={kind === "index" ? "No indexes" : "No tables"} />;
}
