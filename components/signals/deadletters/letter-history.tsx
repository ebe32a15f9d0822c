import Link from "next/link";
import { auditHref } from "#components/data/action-outcome.tsx";
import { formatUtc } from "#components/data/format.ts";
import type { LetterDetail } from "#lib/signals/deadletters/schema.ts";
import { redriveHref } from "./links.ts";

const link = "text-accent underline-offset-2 hover:underline";

/** What happened to it, oldest first, with who and why. */
export function History({ events }: { events: LetterDetail["history"] }) {
  return (
    <ol className="flex flex-col">
      {events.map((event) => (
        <li
          key={`${event.at} ${event.what}`}
          className="relative border-l border-line-strong pb-3 pl-4 text-sm last:pb-0"
        >
          <span
            aria-hidden="true"
            className="absolute top-1.5 -left-1 size-2 rounded-full bg-control"
          />
          <p className="wrap-anywhere">
            {event.what}
            {event.by ? (
              <>
                {" "}
                by <strong>{event.by}</strong>
              </>
            ) : null}
          </p>
          {event.reason ? <p className="wrap-anywhere text-muted">“{event.reason}”</p> : null}
          <p className="flex flex-wrap gap-x-3 text-xs text-muted">
            <time dateTime={event.at}>{formatUtc(event.at)}</time>
            {event.redriveId ? (
              <Link href={redriveHref(event.redriveId)} className={link}>
                Redrive
              </Link>
            ) : null}
            {event.runId ? (
              <Link href={auditHref(event.runId)} className={link}>
                Audit log
              </Link>
            ) : null}
          </p>
        </li>
      ))}
    </ol>
  );
}
