import type { ReactNode } from "react";
import { plural } from "#components/data/format.ts";
import { UnknownState } from "#components/data/panel.tsx";
import { ActionProblem } from "#components/data/action-outcome.tsx";
import { toProblem } from "#components/data/problem.ts";
import { SkeletonLines } from "#components/ui/skeleton.tsx";
import type { JobRow } from "#lib/signals/queues/client.ts";

interface PreviewQuery<Data> {
  data?: { data: Data | null; reason?: string | undefined } | undefined;
  error: unknown;
}

/** What a look before a dangerous act found, or why nobody could look: then nothing can be sent. */
export function Preview<Data>({
  query,
  children,
}: {
  query: PreviewQuery<Data>;
  children: (found: Data) => ReactNode;
}) {
  if (query.error) return <ActionProblem problem={toProblem(query.error)} />;
  if (!query.data) return <SkeletonLines />;
  const { data, reason } = query.data;
  if (data === null) return <UnknownState {...(reason !== undefined && { reason })} />;
  return children(data);
}

const SHOWN = 5;

/** Some of the jobs that will go, and those that will not. */
export function Looks({
  sample,
  looked,
  staying,
}: {
  sample: readonly JobRow[];
  looked: number;
  staying: number;
}) {
  return (
    <>
      {sample.length > 0 ? (
        <ul className="rounded-md border border-line text-xs">
          {sample.slice(0, SHOWN).map((job) => (
            <li
              key={job.id}
              className="flex min-w-0 gap-2 border-b border-line px-2 py-1 last:border-0"
            >
              <span className="max-w-1/2 shrink-0 truncate font-mono">{job.id}</span>
              <span className="min-w-0 truncate text-muted">{job.failedReason ?? job.name}</span>
            </li>
          ))}
        </ul>
      ) : null}
      {staying > 0 ? (
        <p className="text-xs text-warn">
          Of {plural(looked, "job")} looked at closely, {staying} would stay: a worker holds them or
          gave them back, a flow still needs them, or they are a scheduler’s next run.
        </p>
      ) : null}
    </>
  );
}

/** How many went, and how many were left alone. */
export function Removed({ result }: { result: unknown }) {
  const { removed = 0, kept = 0 } = (result ?? {}) as { removed?: number; kept?: number };
  return (
    <p>
      {plural(removed, "job")} removed.
      {kept > 0
        ? ` ${plural(kept, "job")} left alone: a flow, a worker or a scheduler needs them, or a worker gave them back.`
        : ""}
    </p>
  );
}
