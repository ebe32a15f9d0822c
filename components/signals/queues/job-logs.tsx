"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { CodeBlock } from "#components/data/code-block.tsx";
import { formatInteger, plural } from "#components/data/format.ts";
import { Button } from "#components/ui/button.tsx";
import { SkeletonLines } from "#components/ui/skeleton.tsx";
import { type LiveJob, logsQuery } from "#lib/signals/queues/client.ts";

interface JobLogsProps {
  /** Which job, as its live reads name it. */
  job: { source: string; queue: string; job: string };
  logs: NonNullable<LiveJob["logs"]>;
}

/** Earlier lines come in stretches whose ends do not move while new lines are written. */
const STRETCH = 200;

/** What the job wrote about itself, oldest first; earlier lines on demand. */
export function JobLogs({ job, logs }: JobLogsProps) {
  const [opened, setOpened] = useState(0);
  const start = logs.total - logs.lines.length;
  const stretches = earlierThan(start).slice(0, opened).toReversed();
  const first = stretches[0]?.from ?? start;
  return (
    <div className="flex flex-col gap-1.5">
      {first > 0 ? (
        <p className="flex flex-wrap items-center gap-2 text-xs text-muted">
          {formatInteger(first)} earlier
          <Button size="sm" onClick={() => setOpened(opened + 1)}>
            Show {plural(Math.min(first, STRETCH), "line")} more
          </Button>
        </p>
      ) : null}
      {stretches.map(({ from, to }) => (
        <Earlier key={from} job={job} from={from} to={to} />
      ))}
      <CodeBlock text={logs.lines.join("\n")} label="Logs" />
    </div>
  );
}

function Earlier({ job, from, to }: { job: JobLogsProps["job"]; from: number; to: number }) {
  const query = useQuery(logsQuery(job, from, to));
  const label = `Lines ${formatInteger(from + 1)} to ${formatInteger(to)}`;
  if (query.isPending) return <SkeletonLines />;
  const found = query.data?.data;
  if (!found) return <p className="text-xs text-muted">{label} could not be read.</p>;
  const { lines, leftOut } = found;
  return (
    <>
      {leftOut > 0 ? (
        <p className="text-xs text-muted">
          {plural(leftOut, "line")} left out: those below are too long to fetch more.
        </p>
      ) : null}
      <CodeBlock text={lines.join("\n")} label={label} />
    </>
  );
}

/** The newest stretch first; all but that begin and end at fixed lines. */
function earlierThan(start: number): { from: number; to: number }[] {
  const count = Math.ceil(start / STRETCH);
  return Array.from({ length: count }, (_stretch, at) => {
    const from = (count - 1 - at) * STRETCH;
    return { from, to: Math.min(start, from + STRETCH) };
  });
}
