"use client";
import { useQuery } from "@tanstack/react-query";
import { DataTable } from "#components/data/data-table.tsx";
import { EmptyState } from "#components/data/empty-state.tsx";
import { FilterBar } from "#components/data/filter-bar.tsx";
import { useTableView } from "#components/data/use-table-view.ts";
import { CreateToken } from "#components/settings/create-token.tsx";
import { tokenColumns } from "#components/settings/token-columns.tsx";
import { Card } from "#components/ui/card.tsx";
import { tokensQuery } from "#lib/auth/client.ts";

const VIEW = {
  sort: "createdAt",
  dir: "desc",
  filters: ["state"],
} as const;

const STATES = [
  { value: "live", label: "live" },
  { value: "expired", label: "expired" },
  { value: "revoked", label: "revoked" },
  { value: "creator_disabled", label: "creator disabled" },
];

/** API tokens: what scripts and Prometheus send instead of a session. */
export function TokensScreen() {
  const view = useTableView(VIEW);
  const query = useQuery(tokensQuery());
  const wanted = view.q.toLowerCase();
  const state = view.filters["state"];
  const rows = (query.data?.rows ?? []).filter(
    (token) =>
      (!state || token.state === state) &&
      `${token.name} ${token.prefix} ${token.createdBy}`.toLowerCase().includes(wanted),
  );
  return (
    <Card>
      <DataTable
        label="API tokens"
        columns={tokenColumns}
        rows={rows}
        rowId={(token) => token.id}
        view={view}
        nextCursor={null}
        total={rows.length}
        loading={query.isPending}
        error={query.data ? undefined : query.error}
        onRetry={() => query.refetch()}
        empty={
          <EmptyState title={view.filtered ? "No token matches" : "No tokens yet"}>
            A token lets a script or Prometheus in with no more than the roles you give it.
          </EmptyState>
        }
        toolbar={
          <FilterBar
            view={view}
            search="Search name, start of token, creator"
            facets={[{ id: "state", label: "State", options: STATES }]}
          >
            <CreateToken />
          </FilterBar>
        }
      />
    </Card>
  );
}
