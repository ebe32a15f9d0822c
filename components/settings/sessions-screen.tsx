"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useActor } from "#components/data/actor.tsx";
import { DataTable } from "#components/data/data-table.tsx";
import { EmptyState } from "#components/data/empty-state.tsx";
import { FilterBar } from "#components/data/filter-bar.tsx";
import { useTableView } from "#components/data/use-table-view.ts";
import { useEnding } from "#components/settings/end-session.tsx";
import { sessionColumns } from "#components/settings/session-columns.tsx";
import { Card } from "#components/ui/card.tsx";
import { ownSessionsQuery, sessionsQuery } from "#lib/auth/client.ts";

const VIEW = { sort: "lastSeenAt", dir: "desc" } as const;

/** Live sessions: everybody's for whoever may see them, else one's own. Ending one cuts it off at once. */
export function SessionsScreen() {
  const all = useActor().permissions.includes("sessions.read");
  const view = useTableView(VIEW);
  const query = useQuery(all ? sessionsQuery() : ownSessionsQuery());
  const { ask, dialog } = useEnding();
  const [columns] = useState(() => sessionColumns(ask));
  const wanted = view.q.toLowerCase();
  const rows = (query.data?.rows ?? []).filter(({ login, address, userAgent }) =>
    [login, address, userAgent].some((text) => text?.toLowerCase().includes(wanted)),
  );
  return (
    <Card>
      <DataTable
        label={all ? "Sessions" : "Your sessions"}
        columns={columns}
        rows={rows}
        rowId={(session) => session.id}
        view={view}
        nextCursor={null}
        total={rows.length}
        loading={query.isPending}
        error={query.data ? undefined : query.error}
        onRetry={() => query.refetch()}
        empty={
          <EmptyState title="No session matches">Clear the search to see all of them.</EmptyState>
        }
        toolbar={<FilterBar view={view} search="Search login, address, browser" />}
      />
      {dialog}
    </Card>
  );
}
