"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { DataTable } from "#components/data/data-table.tsx";
import { EmptyState } from "#components/data/empty-state.tsx";
import { FilterBar } from "#components/data/filter-bar.tsx";
import { Panel } from "#components/data/panel.tsx";
import { csvHref } from "#components/data/table-params.ts";
import { useTableView } from "#components/data/use-table-view.ts";
import { queueColumns } from "./columns.tsx";
import { queueHref } from "./links.ts";
import { Services } from "./services.tsx";
import { queuesView } from "./view.ts";
import { queuesQuery } from "#lib/signals/queues/client.ts";

const FLAGS = [
  { value: "storm", label: "retry storm" },
  { value: "unattended", label: "nobody consuming" },
  { value: "late", label: "late" },
  { value: "failing", label: "failing" },
  { value: "retrying", label: "over retry budget" },
  { value: "paused", label: "paused" },
  { value: "read_only", label: "read only" },
];

/** Every queue of every source: how full, how late, how well it works. */
export function QueuesScreen() {
  const view = useTableView(queuesView);
  const query = useQuery({ ...queuesQuery(view.params), placeholderData: keepPreviousData });
  const page = query.data?.data;
  const sources = page?.sources ?? [];
  const columns =
    sources.length > 1 ? queueColumns : queueColumns.filter(({ id }) => id !== "source");
  return (
    <div className="flex flex-col gap-4">
      <h1 className="text-xl font-semibold tracking-tight">Queues</h1>
      {page && page.services.length > 0 ? <Services services={page.services} /> : null}
      <Panel
        title="All queues"
        reading={query.data}
        error={query.data ? undefined : query.error}
        onRetry={() => query.refetch()}
        flush
      >
        <DataTable
          label="Queues"
          columns={columns}
          rows={page?.rows ?? []}
          rowId={(row) => row.id}
          rowHref={(row) => queueHref(row.id)}
          view={view}
          nextCursor={page?.nextCursor ?? null}
          total={page?.total}
          csv={csvHref("/api/v1/signals/queues", view.params)}
          loading={query.isPending}
          refreshing={query.isPlaceholderData}
          empty={<NoQueues filtered={view.filtered} />}
          toolbar={
            <FilterBar
              view={view}
              search="Search queues"
              facets={[
                ...(sources.length > 1
                  ? [
                      {
                        id: "source",
                        label: "Source",
                        options: sources.map((name) => ({ value: name, label: name })),
                      },
                    ]
                  : []),
                { id: "flag", label: "Trouble", options: FLAGS },
              ]}
            />
          }
        />
      </Panel>
    </div>
  );
}

function NoQueues({ filtered }: { filtered: boolean }) {
  if (filtered)
    return <EmptyState title="No queue matches">Clear the filters to see all.</EmptyState>;
  return (
    <EmptyState title="No queues found yet">
      Plumbline finds them by their workers at once and by walking over the keys of each Redis,
      which may take some minutes on a large one. Sources of kind <code>bullmq</code> and{" "}
      <code>bullmq_postgres</code> are named in plumbline.yaml.
    </EmptyState>
  );
}
