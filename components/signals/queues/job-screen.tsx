"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Failures } from "#components/data/failures.tsx";
import { Panel, UnknownState } from "#components/data/panel.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { ButtonLink } from "#components/ui/button-link.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { jobQuery, type LiveJob, queueQuery } from "#lib/signals/queues/client.ts";
import type { QueueDetail } from "#lib/signals/queues/schema.ts";
import { JobActions, RevealPayload } from "./job-actions.tsx";
import { attempts, JobFacts } from "./job-facts.tsx";
import { FlowTree } from "./flow-tree.tsx";
import { JobLogs } from "./job-logs.tsx";
import { JobProgress } from "./job-progress.tsx";
import { JobOptions } from "./options.tsx";
import { PayloadView } from "#components/data/payload-view.tsx";
import { deadLettersHref, queueHref } from "./links.ts";
import { STATES } from "./states.ts";

/** One job: what became of it, why, with what data, and what can be done now. */
export function JobScreen({ queueId, job: id }: { queueId: string; job: string }) {
  const queueRead = useQuery(queueQuery(queueId));
  const queue = queueRead.data?.data;
  const { source, key } = split(queueId);
  const query = useQuery(jobQuery(source, key, id));
  const job = query.data?.data;
  return (
    <div className="flex flex-col gap-4">
      <header className="flex flex-wrap items-start gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <p className="flex flex-wrap gap-x-1.5 text-xs text-muted">
            <Link href="/queues" className="hover:text-ink">
              Queues
            </Link>
            /
            <Link href={queueHref(queueId)} className="hover:text-ink">
              {queue?.name ?? key}
            </Link>
          </p>
          <h1 className="flex flex-wrap items-center gap-2 text-xl font-semibold tracking-tight wrap-anywhere">
            {job?.name ?? "Job"}
            {job?.state ? (
              <Badge tone={STATES[job.state].tone} title={STATES[job.state].about}>
                {STATES[job.state].label.toLowerCase()}
              </Badge>
            ) : null}
          </h1>
          <p className="flex items-center gap-1 font-mono text-xs text-muted">
            <span className="min-w-0 wrap-anywhere">{id}</span>
            <CopyButton text={id} label="Copy job id" />
          </p>
        </div>
        {queue && job ? <JobActions queue={queue} job={job} /> : null}
      </header>
      <Panel
        title="Job"
        reading={query.data}
        loading={query.isPending}
        error={query.data ? undefined : query.error}
        onRetry={() => query.refetch()}
      >
        {job ? <JobFacts queueId={queueId} job={job} /> : null}
      </Panel>
      {queue && job ? <JobPanels queue={queue} job={job} /> : null}
    </div>
  );
}

function JobPanels({ queue, job }: { queue: QueueDetail; job: LiveJob }) {
  return (
    <div className="grid items-start gap-4 xl:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-4">
        {job.failures.length > 0 || job.failedReason ? (
          <Panel
            title="Failures"
            hint={`Attempts: ${attempts(job)}`}
            actions={
              <ButtonLink size="sm" variant="ghost" href={deadLettersHref(queue.id, job.id)}>
                Dead letters of this job
              </ButtonLink>
            }
          >
            <Failures failures={job.failures} reason={job.failedReason} />
          </Panel>
        ) : null}
        {job.parent || job.children ? (
          <FlowTree
            queueId={queue.id}
            job={{ source: queue.source, queue: queue.key, job: job.id }}
          />
        ) : null}
        {job.logs?.total === 0 ? null : (
          <Panel title="Logs">
            {job.logs ? (
              <JobLogs
                job={{ source: queue.source, queue: queue.key, job: job.id }}
                logs={job.logs}
              />
            ) : (
              <UnknownState reason="they could not be read" />
            )}
          </Panel>
        )}
        {job.options ? (
          <Panel title="Options">
            <JobOptions options={job.options} />
          </Panel>
        ) : null}
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        <Panel title="Payload" actions={<RevealPayload queue={queue} job={job} />}>
          <PayloadView payload={job.payload} label="Payload" />
        </Panel>
        {job.result ? (
          <Panel title="Result">
            <PayloadView payload={job.result} label="Result" />
          </Panel>
        ) : null}
        {job.progress ? (
          <Panel title="Progress">
            <JobProgress progress={job.progress} percent={job.percent} revealed={job.revealed} />
          </Panel>
        ) : null}
      </div>
    </div>
  );
}

/** `source~prefix:queue`. */
function split(queueId: string): { source: string; key: string } {
  const at = queueId.indexOf("~");
  return { source: queueId.slice(0, at), key: queueId.slice(at + 1) };
}
