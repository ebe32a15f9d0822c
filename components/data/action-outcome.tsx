"use client";
import Link from "next/link";
import { useActor } from "#components/data/actor.tsx";
import type { ActionDialogProps } from "#components/data/action-dialog.tsx";
import type { Problem } from "#components/data/problem.ts";
import type { ActionState } from "#components/data/use-action.ts";
import { Button } from "#components/ui/button.tsx";
import { Spinner } from "#components/ui/spinner.tsx";
import { ToneIcon } from "#components/ui/tone-icon.tsx";
import type { RunState } from "#lib/actions/schema.ts";

/** Everything the audit log has about one run. */
export function auditHref(runId: string): string {
  return `/audit?run=${encodeURIComponent(runId)}`;
}

const linkClass = "rounded-sm font-medium text-accent underline-offset-2 hover:underline";

/** Why the request was refused or got lost, and what to do. */
export function ActionProblem({ problem, locked }: { problem: Problem; locked?: boolean }) {
  return (
    <div role="alert" className="flex items-start gap-2 rounded-md bg-crit-soft p-2.5 text-sm">
      <ToneIcon tone="crit" className="mt-0.5" />
      <div className="min-w-0">
        <p className="font-medium wrap-anywhere text-crit">{problem.title}</p>
        {problem.detail ? <p className="wrap-anywhere">{problem.detail}</p> : null}
        {Object.entries(problem.fields ?? {}).map(([path, message]) => (
          <p key={path} className="wrap-anywhere">
            <code className="font-mono text-xs">{path}</code>: {message}
          </p>
        ))}
        {problem.remedy ? <p>{problem.remedy}</p> : null}
        {locked ? (
          <p>It may have arrived. Sending the same request again is safe: it has one effect.</p>
        ) : null}
        <p className="mt-0.5 font-mono text-2xs text-muted">{problem.code}</p>
      </div>
    </div>
  );
}

const words: Record<RunState, string> = {
  queued: "Recorded. Waiting for a worker …",
  claimed: "A worker has taken it …",
  executing: "Running …",
  in_doubt:
    "The outcome is not known yet. Plumbline is reading the target to find out; it does not repeat the action.",
  succeeded: "Done.",
  failed: "It failed.",
};

interface ProgressProps {
  state: ActionState;
  label: string;
  renderResult: ActionDialogProps["renderResult"];
  onClose: () => void;
}

/** What became of the action: progress, then result or failure, and where it is written down. */
export function ActionProgress({ state, label, renderResult, onClose }: ProgressProps) {
  const { permissions } = useActor();
  const { run } = state;
  if (!run) return null;
  const tone = run.state === "succeeded" ? "ok" : run.state === "failed" ? "crit" : "warn";
  const waiting = state.phase === "following";
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-start gap-2 text-sm">
        {waiting && run.state !== "in_doubt" ? (
          <Spinner className="mt-1" />
        ) : (
          <ToneIcon tone={tone} className="mt-0.5" />
        )}
        <div className="min-w-0 flex-1">
          <p role="status" className="font-medium">
            {words[run.state]}
          </p>
          {run.state === "succeeded" && renderResult ? (
            <div className="mt-1">{renderResult(run.result, state.once)}</div>
          ) : null}
          {run.error ? <p className="wrap-anywhere">{run.error.title}</p> : null}
          {run.error?.detail ? (
            <p className="wrap-anywhere text-muted">{run.error.detail}</p>
          ) : null}
          {run.error?.remedy ? <p className="text-muted">{run.error.remedy}</p> : null}
          {waiting && state.problem ? (
            <p className="text-xs text-muted">Could not ask for progress just now; trying again.</p>
          ) : null}
        </div>
      </div>
      <div className="flex items-center justify-end gap-2">
        {permissions.includes("audit.read") ? (
          <Link href={auditHref(run.id)} className={`mr-auto text-sm ${linkClass}`}>
            Audit log
          </Link>
        ) : null}
        {run.state === "failed" ? <Button onClick={state.reset}>{label} again</Button> : null}
        <Button variant="primary" onClick={onClose}>
          {waiting ? "Continue in background" : "Close"}
        </Button>
      </div>
    </div>
  );
}
