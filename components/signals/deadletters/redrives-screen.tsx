"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { DataTable } from "#components/data/data-table.tsx";
import { EmptyState } from "#components/data/empty-state.tsx";
import { PageHeader } from "#components/data/page-header.tsx";
import { Panel } from "#components/data/panel.tsx";
import { useTableView } from "#components/data/use-table-view.ts";
import { redrivesQuery } from "#lib/signals/deadletters/client.ts";
import { redriveHref } from "./links.ts";
import { redriveColumns } from "./redrive-columns.tsx";
import { redrivesParams, redrivesView } from "./view.ts";

const CRUMBS = [{ label: "Dead letters", href: "/dead-letters" }];

/** Every redrive, newest first: what was sent, by whom, and how it went. */
export function RedrivesScreen() {
  const view = useTableView(redrivesView);
  const query = useQuery({
    ...redrivesQuery(redrivesParams(view.params)),
    placeholderData: keepPreviousData,
  });
  const page = query.data?.data;
  return (
    <>
      <PageHeader crumbs={CRUMBS} title="Redrives" />
      <Panel
        title="All redrives"
        hint="newest first"
        reading={query.data}
        error={query.data ? undefined : query.error}
        onRetry={() => query.refetch()}
        flush
      >
        <DataTable
          label="Redrives"
          columns={redriveColumns}
          rows={page?.rows ?? []}
          rowId={(row) => row.id}
          rowHref={(row) => redriveHref(row.id)}
          view={view}
          nextCursor={page?.nextCursor ?? null}
          loading={query.isPending}
          refreshing={query.isPlaceholderData}
          empty={
            <EmptyState title="Nothing was redriven yet">
              Search for dead letters, then choose Redrive: it shows what would be sent before
              anything is.
            </EmptyState>
          }
        />
      </Panel>
    </>
  );
}
