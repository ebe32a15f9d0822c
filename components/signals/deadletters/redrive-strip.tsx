"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { formatDuration, formatInteger } from "#components/data/format.ts";
import { Badge } from "#components/ui/badge.tsx";
import { redrivesQuery, type Redrive } from "#lib/signals/deadletters/client.ts";
import { redriveHref } from "./links.ts";
import { RedriveBar } from "./redrive-bar.tsx";
import { isDone, sentOf } from "./redrive-parts.ts";
import { isActive, REDRIVE_STATES } from "./states.ts";
import { ACTIVE_PARAMS } from "./view.ts";

/** Faster than the page's own rhythm while something moves. */
const MOVING_MS = 2_000;

/** Redrives under way, one slim line each; nothing when there is none. */
export function RedriveStrip() {
  const query = useQuery({
    ...redrivesQuery(ACTIVE_PARAMS),
    refetchInterval: ({ state }) => (state.data?.data.rows.some(isRunning) ? MOVING_MS : false),
  });
  const active = (query.data?.data.rows ?? []).filter(isRunning);
  if (active.length === 0) return null;
  return (
    <section aria-label="Redrives under way" className="rounded-lg border border-line bg-surface">
      <ul className="divide-y divide-line">
        {active.map((redrive) => (
          <Strip key={redrive.id} redrive={redrive} />
        ))}
      </ul>
    </section>
  );
}

const isRunning = (redrive: Redrive): boolean => isActive(redrive.state);

function Strip({ redrive }: { redrive: Redrive }) {
  const { label, tone, about } = REDRIVE_STATES[redrive.state];
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5 text-sm">
      <Link href={redriveHref(redrive.id)} className="min-w-0 truncate font-medium hover:underline">
        <bdi>{redrive.name}</bdi>
      </Link>
      <bdi className="text-xs text-muted">{redrive.queue.name}</bdi>
      <Badge tone={tone} title={redrive.note ?? about}>
        {label.toLowerCase()}
      </Badge>
      <RedriveBar redrive={redrive} className="min-w-24 flex-1" />
      <span className="tabular text-xs whitespace-nowrap text-muted">
        {formatInteger(sentOf(redrive))} of {formatInteger(redrive.total)}
        {redrive.etaSeconds === null || isDone(redrive)
          ? ""
          : `, ${formatDuration(redrive.etaSeconds * 1_000)} left`}
      </span>
    </li>
  );
}
