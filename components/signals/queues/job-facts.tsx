"use client";
import Link from "next/link";
import {
  formatAge,
  formatDuration,
  formatInteger,
  formatUtc,
  UNKNOWN,
} from "#components/data/format.ts";
import { KeyValue } from "#components/data/key-value.tsx";
import { useNow } from "#components/data/use-now.ts";
import type { LiveJob } from "#lib/signals/queues/client.ts";
import { jobHref } from "./links.ts";

/** When what happened to it, how often it was tried, and where it belongs. */
export function JobFacts({ queueId, job }: { queueId: string; job: LiveJob }) {
  return (
    <div className="grid items-start gap-x-8 gap-y-4 md:grid-cols-2">
      <KeyValue items={timeline(job).map(({ label, at }) => [label, <At key={label} at={at} />])} />
      <KeyValue
        items={[
          ["Attempts", attempts(job)],
          ["Run time", runTime(job)],
          ["Stalls", job.stalls ? `lost its worker ${job.stalls}×` : "none seen"],
          ["Priority", job.priority || "none"],
          ["Worker", job.worker ?? "not named"],
          ...flow(queueId, job),
          ...(job.schedulerId ? [["Scheduler", job.schedulerId] as const] : []),
          ...(job.stateNote ? [["State", job.stateNote] as const] : []),
        ]}
      />
    </div>
  );
}

/** A retry by hand adds one beyond what the options allow. */
export const attempts = ({ attemptsMade, maxAttempts }: LiveJob): string =>
  attemptsMade > maxAttempts
    ? `${attemptsMade} made, ${maxAttempts} allowed`
    : `${attemptsMade} of ${maxAttempts} made`;

function timeline(job: LiveJob): { label: string; at: string | null }[] {
  const last = job.attemptsMade > 1 ? "Last started" : "Started";
  const steps = [
    { label: "Added", at: job.addedAt },
    { label: last, at: job.startedAt },
    { label: job.state === "failed" ? "Failed" : "Finished", at: job.finishedAt },
    { label: "Due", at: job.dueAt },
  ];
  return steps.filter(({ at }, index) => at !== null || index === 0);
}

function runTime({ startedAt, finishedAt }: LiveJob): string {
  if (!startedAt || !finishedAt) return UNKNOWN;
  return formatDuration(Date.parse(finishedAt) - Date.parse(startedAt));
}

function flow(queueId: string, { parent, children }: LiveJob) {
  const source = queueId.slice(0, queueId.indexOf("~"));
  const rows: [string, React.ReactNode][] = [];
  if (parent) {
    rows.push([
      "Parent",
      <Link
        key="parent"
        href={jobHref(`${source}~${parent.queue}`, parent.job)}
        className="text-accent hover:underline"
      >
        {parent.queue} {parent.job}
      </Link>,
    ]);
  }
  if (children) {
    const { pending, completed, failed } = children;
    const counts = [
      `${formatInteger(pending)} pending`,
      `${formatInteger(completed)} completed`,
      `${formatInteger(failed)} failed`,
    ];
    rows.push(["Children", counts.join(", ")]);
  }
  return rows;
}

function At({ at }: { at: string | null }) {
  const now = useNow();
  if (!at) return UNKNOWN;
  const seconds = now ? Math.round((now.getTime() - Date.parse(at)) / 1_000) : null;
  const relative =
    seconds === null
      ? ""
      : seconds >= 0
        ? `${formatAge(seconds)} ago`
        : `in ${formatAge(-seconds)}`;
  return (
    <time dateTime={at}>
      {formatUtc(at)} <span className="text-muted">{relative}</span>
    </time>
  );
}
