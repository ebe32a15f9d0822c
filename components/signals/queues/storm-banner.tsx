"use client";
import { CloudLightning } from "lucide-react";
import Link from "next/link";
import { CodeBlock } from "#components/data/code-block.tsx";
import { formatPercent, formatTime } from "#components/data/format.ts";
import { useNow } from "#components/data/use-now.ts";
import type { QueueDetail } from "#lib/signals/queues/schema.ts";
import { queueHref } from "./links.ts";
import { PauseQueue } from "./queue-actions.tsx";

/** A retry storm, with what to do about it, the safest first. */
export function StormBanner({ queue }: { queue: QueueDetail }) {
  const now = useNow();
  const storm = queue.retries?.storm;
  if (!storm) return null;
  const { breaker } = queue;
  return (
    <section
      aria-labelledby="storm"
      className="flex flex-col gap-3 rounded-lg border border-crit bg-crit-soft p-3 text-sm"
    >
      <div className="flex items-start gap-2">
        <CloudLightning aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-crit" />
        <div className="min-w-0">
          <h2 id="storm" className="font-semibold text-crit">
            Retry storm{now ? ` since ${formatTime(storm.since, now)}` : ""}
          </h2>
          <p className="wrap-anywhere">
            {formatPercent(storm.repeats)} of the attempts are repeats, and{" "}
            {formatPercent(storm.success)} succeed. {formatPercent(storm.errorShare)} of the
            failures say <q>{storm.error}</q>: trying again now makes it worse for the other side.{" "}
            <Link className="underline" href={`${queueHref(queue.id)}?tab=retries`}>
              See why
            </Link>
          </p>
        </div>
      </div>
      <ol className="grid gap-x-6 gap-y-3 pl-6 lg:grid-cols-2">
        <li className="flex flex-col items-start gap-1.5">
          <p>
            <strong>Pause the queue</strong> until the other side is back. New jobs wait; none is
            lost.
          </p>
          {queue.paused ? <p className="text-muted">It is paused.</p> : null}
          <PauseQueue queue={queue} />
        </li>
        <li className="flex min-w-0 flex-col gap-1.5">
          <p>
            <strong>Or let fewer through</strong>, for all workers together, from the application:
          </p>
          <CodeBlock label="Global rate limit" text="await queue.setGlobalRateLimit(5, 1000);" />
        </li>
        {breaker ? (
          <li className="lg:col-span-2">
            <strong>Or open the breaker</strong> <code>{breaker}</code>, which the labels of the
            source name for this queue: callers then fail at once instead of waiting.
          </li>
        ) : null}
      </ol>
    </section>
  );
}
