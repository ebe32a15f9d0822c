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
    .filter((row) => row.lost24h > 0 || row.gapSince !== null)
    .toSorted((a, b) => b.lost24h - a.lost24h);
  if (losses.length === 0) return null;
  const rest = losses.slice(SHOWN);
  return (
    <section
      aria-label="What is missing"
      className="rounded-lg border border-line bg-surface px-3 py-2 text-sm"
    >
      <ul className="flex flex-col gap-1">
        {losses.slice(0, SHOWN).map((row) => (
          <Loss key={row.queue.id} row={row} />
        ))}
      </ul>
      {rest.length > 0 ? (
        <details className="mt-1">
          <summary className="rounded-sm text-muted">
            and {formatInteger(rest.length)} more queues
          </summary>
          <ul className="mt-1 flex flex-col gap-1">
            {rest.map((row) => (
              <Loss key={row.queue.id} row={row} />
            ))}
          </ul>
        </details>
      ) : null}
    </section>
  );
}

function Loss({ row }: { row: Capture }) {
  const now = useNow();
  const { queue, lost24h, gapSince } = row;
  const name = (
    <Link href={queueHref(queue.id)} className="font-medium hover:underline">
      <bdi>{queue.name}</bdi>
    </Link>
  );
  if (lost24h > 0)
    return (
      <li className="flex items-start gap-2">
        <Trash2 aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-warn" />
        <span className="min-w-0 wrap-anywhere">
          {name} discards failures:{" "}
          <Link
            href={lettersHref(lostIn(queue.id))}
            className="font-medium underline-offset-2 hover:underline"
          >
            {formatInteger(lost24h)} lost in 24 h
          </Link>
          .{" "}
          <span className="text-muted max-sm:hidden">
            <code>removeOnFail</code> deletes the payload; only the error is known.
          </span>
        </span>
      </li>
    );
  return (
    <li className="flex items-start gap-2">
      <ToneIcon tone="warn" className="mt-0.5" />
      <span className="min-w-0 wrap-anywhere">
        Failures of {name} may be missing
        {gapSince && now ? ` since ${formatTime(gapSince, now)}` : ""}.{" "}
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
