"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import type { FormEvent } from "react";
import { DataTable } from "#components/data/data-table.tsx";
import { EmptyState } from "#components/data/empty-state.tsx";
import { Panel } from "#components/data/panel.tsx";
import type { TableView } from "#components/data/use-table-view.ts";
import { Button } from "#components/ui/button.tsx";
import { Input } from "#components/ui/input.tsx";
import { jobsQuery } from "#lib/signals/queues/client.ts";
import type { JobState, QueueDetail } from "#lib/signals/queues/schema.ts";
import { CleanQueue } from "./clean-queue.tsx";
import { DrainQueue } from "./drain-queue.tsx";
import { jobColumns } from "./job-columns.tsx";
import { jobHref } from "./links.ts";
import { STATES } from "./states.ts";

/** Jobs of one state, looked at in the queue itself, a page at a time. */
export function Jobs({
  queue,
  state,
  view,
}: {
  queue: QueueDetail;
  state: JobState;
  view: TableView;
}) {
  const params = {
    queue: queue.key,
    state,
    order: view.dir === "asc" ? "first" : "last",
    ...(view.cursor ? { cursor: view.cursor } : {}),
  };
  const query = useQuery({
    ...jobsQuery(queue.source, params),
    placeholderData: keepPreviousData,
  });
  const page = query.data?.data;
  const label = STATES[state].label;
  return (
    <Panel
      title={`${label} jobs`}
      hint={STATES[state].about}
      reading={query.data}
      error={query.data ? undefined : query.error}
      onRetry={() => query.refetch()}
      actions={<Sweep queue={queue} state={state} />}
      flush
    >
      <DataTable
        label={`${label} jobs`}
        columns={jobColumns(state)}
        rows={page?.rows ?? []}
        rowId={(row) => row.id}
        rowHref={(row) => jobHref(queue.id, row.id)}
        view={view}
        nextCursor={page?.nextCursor ?? null}
        total={page?.total ?? null}
        loading={query.isPending}
        refreshing={query.isPlaceholderData}
        empty={
          <EmptyState title={`No ${label.toLowerCase()} jobs`}>{STATES[state].about}</EmptyState>
        }
        toolbar={<OpenJob queueId={queue.id} />}
      />
    </Panel>
  );
}

/** Getting rid of what is in a state, where BullMQ has a way for it. */
function Sweep({ queue, state }: { queue: QueueDetail; state: JobState }) {
  if (state === "failed" || state === "completed")
    return <CleanQueue queue={queue} state={state} />;
  return DRAINED.has(state) ? <DrainQueue queue={queue} /> : null;
}

const DRAINED: ReadonlySet<JobState> = new Set(["waiting", "prioritized", "paused", "delayed"]);

/** Straight to a job whose id somebody was given. */
function OpenJob({ queueId }: { queueId: string }) {
  const router = useRouter();
  const open = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const id = String(new FormData(event.currentTarget).get("id") ?? "").trim();
    if (id) router.push(jobHref(queueId, id));
  };
  return (
    <form onSubmit={open} className="flex items-center gap-2">
      <Input
        name="id"
        aria-label="Job id"
        placeholder="Open job by id"
        data-hotkey="/"
        autoComplete="off"
        className="w-full sm:w-64"
      />
      <Button type="submit" size="sm">
        Open
      </Button>
    </form>
  );
}
