"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { EmptyState } from "#components/data/empty-state.tsx";
import {
  ageSeconds,
  formatAge,
  formatDuration,
  formatInteger,
  UNKNOWN,
} from "#components/data/format.ts";
import { Panel } from "#components/data/panel.tsx";
import { useNow } from "#components/data/use-now.ts";
import { Badge } from "#components/ui/badge.tsx";
import { workersQuery, type Workers } from "#lib/signals/queues/client.ts";
import type { QueueDetail } from "#lib/signals/queues/schema.ts";
import { jobHref } from "./links.ts";
import { Cell, PlainRow, PlainTable } from "./plain-table.tsx";

/** Who works on this queue now, and on what. */
export function QueueWorkers({ queue }: { queue: QueueDetail }) {
  const query = useQuery(workersQuery(queue.source, queue.key));
  const found = query.data?.data;
  const panel = {
    reading: query.data,
    loading: query.isPending,
    error: query.data ? undefined : query.error,
    onRetry: () => query.refetch(),
    flush: true,
  };
  return (
    <div className="grid items-start gap-4 xl:grid-cols-2">
      <Panel title="Workers" hint={found ? connectedText(found) : undefined} {...panel}>
        {found ? <Connections found={found} /> : null}
      </Panel>
      <Panel
        title="In their hands"
        hint={found ? `${formatInteger(found.active)} active` : undefined}
        {...panel}
      >
        {found ? <ActiveJobs queueId={queue.id} found={found} /> : null}
      </Panel>
    </div>
  );
}

const connectedText = ({ connected }: Workers): string =>
  connected === null ? "not known" : `${formatInteger(connected)} connected`;

function Connections({ found }: { found: Workers }) {
  const { workers, connected, unreadBecause } = found;
  if (connected === null)
    return <EmptyState title="Nobody may list them">{unreadBecause}</EmptyState>;
  if (connected === 0)
    return <EmptyState title="No worker is connected">Jobs of this queue just wait.</EmptyState>;
  return (
    <>
      <PlainTable label="Workers" heads={["Name", "Address", "Connected for", "Quiet for"]}>
        {workers.map((worker) => (
          <PlainRow key={worker.id}>
            <Cell className="truncate md:max-w-48">
              {worker.name ?? <span className="text-muted">not named</span>}
            </Cell>
            <Cell className="font-mono text-xs">
              {worker.address}
              {worker.library ? <span className="ml-2 text-muted">{worker.library}</span> : null}
            </Cell>
            <Cell>{formatAge(worker.ageSeconds)}</Cell>
            <Cell>{formatAge(worker.idleSeconds)}</Cell>
          </PlainRow>
        ))}
      </PlainTable>
      <p className="border-t border-line px-3 py-2 text-xs text-muted">
        {connected > workers.length ? `${formatInteger(connected - workers.length)} more. ` : ""}
        One connection per worker. How many jobs each takes at once is not published by BullMQ.
      </p>
    </>
  );
}

function ActiveJobs({ queueId, found }: { queueId: string; found: Workers }) {
  const now = useNow();
  if (found.jobs.length === 0)
    return (
      <EmptyState title="No job is active">Workers take the next one when it comes.</EmptyState>
    );
  return (
    <PlainTable label="Active jobs" heads={["Job", "Worker", "For", "Lock"]}>
      {found.jobs.map((job) => (
        <PlainRow key={job.id}>
          <Cell className="truncate md:max-w-48">
            <Link href={jobHref(queueId, job.id)} className="text-accent hover:underline">
              <span className="font-mono text-xs">{job.id}</span>
            </Link>{" "}
            <span className="text-muted">{job.name}</span>
          </Cell>
          <Cell className="truncate md:max-w-32">{job.worker ?? UNKNOWN}</Cell>
          <Cell>{now ? formatAge(ageSeconds(job.startedAt, now)) : ""}</Cell>
          <Cell>
            {job.lockMs === null ? (
              <Badge
                tone="warn"
                title="Its worker is gone or stuck: the job will be taken for stalled."
              >
                no lock
              </Badge>
            ) : (
              formatDuration(job.lockMs)
            )}
          </Cell>
        </PlainRow>
      ))}
    </PlainTable>
  );
}
