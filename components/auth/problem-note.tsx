import { ToneIcon } from "#components/ui/tone-icon.tsx";
import { toProblem } from "#components/data/problem.ts";

/** Why a form was refused, above its button; announced when it appears. */
export function ProblemNote({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null;
  const { title, detail, remedy } = toProblem(error);
  return (
    <div role="alert" className="flex items-start gap-2 rounded-md bg-crit-soft p-2.5 text-sm">
      <ToneIcon tone="crit" className="mt-0.5" />
      <div className="min-w-0">
        <p className="font-medium wrap-anywhere text-crit">{title}</p>
        {detail ? <p className="wrap-anywhere">{detail}</p> : null}
        {remedy ? <p className="wrap-anywhere">{remedy}</p> : null}
      </div>
    </div>
  );
}
