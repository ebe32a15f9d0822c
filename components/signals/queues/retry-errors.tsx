import Link from "next/link";
import { formatPercent } from "#components/data/format.ts";
import { Meter } from "#components/data/meter.tsx";
import type { QueueDetail, Retries } from "#lib/signals/queues/schema.ts";
import { deadLettersHref } from "./links.ts";

/** What the failures of the last 15 minutes say, with numbers and names left out. */
export function RetryErrors({ queue, errors }: { queue: QueueDetail; errors: Retries["errors"] }) {
  return (
    <section aria-labelledby="errors" className="flex min-w-0 flex-col gap-2">
      <h3 id="errors" className="text-sm font-medium">
        What failed, 15 min
      </h3>
      {errors.length === 0 ? (
        <p className="text-sm text-muted">No attempt failed.</p>
      ) : (
        <ul className="flex flex-col gap-1.5 text-sm">
          {errors.map(({ text, share }) => (
            <li key={text} className="grid grid-cols-[minmax(0,1fr)_7rem] items-center gap-3">
              <span className="truncate" title={text}>
                {text}
              </span>
              <Meter label={`Share of "${text}"`} ratio={share} text={formatPercent(share)} />
            </li>
          ))}
        </ul>
      )}
      <p className="text-xs text-muted">
        Of every job that gave up, and of a sample of those that are tried again.{" "}
        <Link className="underline" href={deadLettersHref(queue.id)}>
          Dead letters of this queue
        </Link>
      </p>
    </section>
  );
}
