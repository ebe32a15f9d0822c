"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { Button } from "#components/ui/button.tsx";
import { Spinner } from "#components/ui/spinner.tsx";
import { ToneIcon } from "#components/ui/tone-icon.tsx";
import type { ActionOutcome } from "#components/data/action-client.ts";
import type { Problem } from "#components/data/problem.ts";
import type { ActionRun } from "#components/data/use-action.ts";

export function auditHref(seq: string | number): string {
  return `/audit?seq=${encodeURIComponent(String(seq))}`;
}

/** Why the request was refused or got lost, and what to do. */
export function ActionProblem({ problem, locked }: { problem: Problem; locked?: boolean }) {
  const pathname = usePathname();
  return (
    <div role="alert" className="flex items-start gap-2 rounded-md bg-crit-soft p-2.5 text-sm">
      <ToneIcon tone="crit" className="mt-0.5" />
      <div className="min-w-0">
        <p className="font-medium wrap-anywhere text-crit">{problem.title}</p>
        {problem.detail ? <p className="wrap-anywhere">{problem.detail}</p> : null}
        {problem.remedy ? <p>{problem.remedy}</p> : null}
        {locked ? (
          <p>It may have arrived. Sending the same request again is safe: it has one effect.</p>
        ) : null}
        {problem.code === "step_up_required" ? (
          <Link
            href={`/login?next=${encodeURIComponent(pathname)}`}
            className="font-medium text-accent underline underline-offset-2"
          >
            Sign in again to confirm it is you
          </Link>
        ) : null}
        <p className="mt-0.5 font-mono text-2xs text-muted">{problem.code}</p>
      </div>
    </div>
  );
}

const words: Record<ActionOutcome["state"], string> = {
  queued: "Recorded. Waiting for a worker …",
  running: "Running …",
  in_doubt:
    "The outcome is not known yet. Plumbline is reading the target to find out; it will not repeat the action.",
  succeeded: "Done.",
  failed: "It failed; nothing else was changed.",
};

/** What became of the action: progress, then result or failure, and where it is written down. */
export function ActionProgress({
  run,
  label,
  renderResult,
  onClose,
}: {
  run: ActionRun;
  label: string;
  renderResult?: (result: unknown) => ReactNode;
  onClose: () => void;
}) {
  const { outcome, problem } = run;
  if (!outcome) return null;
  const { state, error } = outcome;
  return (
    <div className="flex flex-col gap-3">
      <div role="status" className="flex items-start gap-2 text-sm">
        {state === "queued" || state === "running" ? (
          <Spinner className="mt-1" />
        ) : (
          <ToneIcon
            tone={state === "succeeded" ? "ok" : state === "failed" ? "crit" : "warn"}
            className="mt-0.5"
          />
        )}
        <div className="min-w-0">
          <p className="font-medium">{words[state]}</p>
          {state === "succeeded" && renderResult ? (
            <div className="mt-1">{renderResult(outcome.result)}</div>
          ) : null}
          {error?.title ? <p className="wrap-anywhere">{error.title}</p> : null}
          {error?.detail ? <p className="wrap-anywhere text-muted">{error.detail}</p> : null}
          {error?.remedy ? <p className="text-muted">{error.remedy}</p> : null}
        </div>
      </div>
      {problem && run.phase === "pending" ? (
        <p className="text-xs text-muted">
          Could not ask for progress just now ({problem.title}); trying again.
        </p>
      ) : null}
      <div className="flex items-center justify-end gap-2">
        {outcome.auditSeq === null ? null : (
          <Link
            href={auditHref(outcome.auditSeq)}
            className="mr-auto text-sm font-medium text-accent underline-offset-2 hover:underline"
          >
            Audit event {outcome.auditSeq}
          </Link>
        )}
        {state === "failed" ? <Button onClick={run.reset}>{label} again</Button> : null}
        <Button variant="primary" onClick={onClose}>
          {run.phase === "done" ? "Close" : "Continue in background"}
        </Button>
      </div>
    </div>
  );
}
