"use client";
import type { QueueDetail } from "#lib/signals/queues/schema.ts";
import { Findings } from "./findings.tsx";
import { RetryBudget } from "./retry-budget.tsx";
import { RetryChart } from "./retry-chart.tsx";
import { RetryErrors } from "./retry-errors.tsx";
import { RetryVerdict } from "./retry-verdict.tsx";

/** Why jobs are tried again, read from the top: how much, whether that is too much, what fails, what to change. */
export function QueueRetries({ queue, range }: { queue: QueueDetail; range: string }) {
  return (
    <div className="flex max-w-5xl flex-col gap-6">
      <RetryVerdict queue={queue} />
      {queue.retries ? (
        <>
          <RetryChart id={queue.id} range={range} />
          <div className="grid gap-6 lg:grid-cols-2">
            <RetryBudget budget={queue.retries.budget} />
            <RetryErrors queue={queue} errors={queue.retries.errors} />
          </div>
        </>
      ) : null}
      <Findings queue={queue} />
    </div>
  );
}
