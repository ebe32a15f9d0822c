import { ToneIcon } from "#components/ui/tone-icon.tsx";
import { Button } from "#components/ui/button.tsx";
import { toProblem } from "#components/data/problem.ts";

/** A failure in place of the data: what happened, what to do, the code to quote, and a retry. `error` may be anything thrown. */
export function ErrorState({
  error,
  onRetry,
  retrying,
}: {
  error: unknown;
  onRetry?: () => void;
  retrying?: boolean;
}) {
  const problem = toProblem(error);
  return (
    <div role="alert" className="flex items-start gap-3 p-4">
      <ToneIcon tone="crit" className="mt-0.5" />
      <div className="min-w-0 flex-1 text-sm">
        <p className="font-medium wrap-anywhere">{problem.title}</p>
        {problem.detail ? <p className="wrap-anywhere text-muted">{problem.detail}</p> : null}
        {problem.remedy ? <p className="text-muted">{problem.remedy}</p> : null}
        <p className="mt-1 font-mono text-2xs text-faint">{problem.code}</p>
      </div>
      {onRetry ? (
        <Button size="sm" pending={retrying} onClick={onRetry}>
          Try again
        </Button>
      ) : null}
    </div>
  );
}
