"use client";
import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import Link from "next/link";
import { formatInteger, formatTime } from "#components/data/format.ts";
import { useNow } from "#components/data/use-now.ts";
import { ToneIcon } from "#components/ui/tone-icon.tsx";
import { capturesQuery } from "#lib/signals/deadletters/client.ts";
import type { Capture } from "#lib/signals/deadletters/schema.ts";
import { lettersHref, queueHref } from "./links.ts";
import { withTerm } from "./search-text.ts";

/** More lines than these are folded: the search must stay in view. */
const SHOWN = 3;

/** What is missing from the list below, queue by queue: an incomplete list that looks complete is worse than none. */
export function Captures() {
  const query = useQuery(capturesQuery());
  const rows = query.data?.data.rows ?? [];
  const losses = rows
    .filter((row) => lostOf(row) > 0 || row.gapSince !== null)
    .toSorted((a, b) => lostOf(b) - lostOf(a));
  if (losses.length === 0) return null;
  const rest = losses.slice(SHOWN);
  return (
    <section
      aria-label="What is missing"
      className="rounded-lg border border-line bg-surface px-3 py-2 text-sm"
    >
      <ul className="flex flex-col gap-1">
        {losses.slice(0, SHOWN).map((row) => (
          <Missing key={row.queue.id} row={row} />
        ))}
      </ul>
      {rest.length > 0 ? (
        <details className="mt-1">
          <summary className="rounded-sm text-muted">
            and {formatInteger(rest.length)} more queues
          </summary>
          <ul className="mt-1 flex flex-col gap-1">
            {rest.map((row) => (
              <Missing key={row.queue.id} row={row} />
            ))}
          </ul>
        </details>
      ) : null}
    </section>
  );
}

const lostOf = ({ lost24h }: Capture): number => lost24h ?? 0;

/** What was thrown away, and what may have been without anybody seeing it: a queue can have both. */
function Missing({ row }: { row: Capture }) {
  return (
    <>
      {lostOf(row) > 0 ? <Loss row={row} /> : null}
      {row.gapSince ? <Gap queue={row.queue} since={row.gapSince} /> : null}
    </>
  );
}

const QueueLink = ({ queue }: Pick<Capture, "queue">) => (
  <Link href={queueHref(queue.id)} className="font-medium hover:underline">
    <bdi>{queue.name}</bdi>
  </Link>
);

function Loss({ row: { queue, lost24h, lostUnseen } }: { row: Capture }) {
  return (
    <li className="flex items-start gap-2">
      <Trash2 aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-warn" />
      <span className="min-w-0 wrap-anywhere">
        <QueueLink queue={queue} /> discards failures:{" "}
        <Link
          href={lettersHref(lostIn(queue.id))}
          className="font-medium underline-offset-2 hover:underline"
        >
          {lostUnseen ? "at least " : ""}
          {formatInteger(lost24h)} lost in 24 h
        </Link>
        .{" "}
        <span className="text-muted max-sm:hidden">
          <code>removeOnFail</code> deletes the payload; only the error is known.
        </span>
      </span>
    </li>
  );
}

function Gap({ queue, since }: Pick<Capture, "queue"> & { since: string }) {
  const now = useNow();
  return (
    <li className="flex items-start gap-2">
      <ToneIcon tone="warn" className="mt-0.5" />
      <span className="min-w-0 wrap-anywhere">
        Failures of <QueueLink queue={queue} /> may be missing
        {now ? ` since ${formatTime(since, now)}` : ""}.{" "}
        <span className="text-muted max-sm:hidden">
          Its event stream was trimmed before it was read; a walk over all its failed jobs repairs
          what is still there.
        </span>
      </span>
    </li>
  );
}

const lostIn = (queueId: string): string =>
  withTerm("state:lost", { is: "queue", value: queueId, pattern: false });
