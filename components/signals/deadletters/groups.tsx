"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { DataTable } from "#components/data/data-table.tsx";
import type { TableView } from "#components/data/use-table-view.ts";
import { Card } from "#components/ui/card.tsx";
import { groupsQuery } from "#lib/signals/deadletters/client.ts";
import { groupColumns } from "./group-columns.tsx";
import { groupHref } from "./links.ts";
import { NothingDead } from "./nothing-dead.tsx";
import { groupsParams } from "./view.ts";

/** What failed, by cause: the few rows behind a flood. Enter opens a group's letters. */
export function Groups({ view }: { view: TableView }) {
  const query = useQuery({
    ...groupsQuery(groupsParams(view.params)),
    placeholderData: keepPreviousData,
  });
  const page = query.data?.data;
  return (
    <Card>
      <DataTable
        label="Groups of failures"
        columns={groupColumns}
        rows={page?.rows ?? []}
        rowId={(row) => row.id}
        rowHref={(row) => groupHref(row.id, view.q)}
        view={view}
        nextCursor={page?.nextCursor ?? null}
        total={page?.total}
        loading={query.isPending}
        refreshing={query.isPlaceholderData}
        error={page ? undefined : query.error}
        onRetry={() => query.refetch()}
        empty={<NothingDead q={view.q} />}
        toolbar={
          <p className="px-1 py-1.5 text-xs text-muted">
            {page?.note ??
              "Same error class, same message but for its numbers and names, same place in your code."}
          </p>
        }
      />
    </Card>
  );
}
