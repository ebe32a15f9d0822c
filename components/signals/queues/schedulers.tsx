"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { EmptyState } from "#components/data/empty-state.tsx";
import {
  formatDuration,
  formatInteger,
  formatTime,
  formatUtc,
  plural,
  UNKNOWN,
} from "#components/data/format.ts";
import { Panel } from "#components/data/panel.tsx";
import { useNow } from "#components/data/use-now.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { Popover } from "#components/ui/popover.tsx";
import { type SchedulerRow, schedulersQuery } from "#lib/signals/queues/client.ts";
import type { QueueDetail } from "#lib/signals/queues/schema.ts";
import { Cell, PlainRow, PlainTable } from "./plain-table.tsx";
import { SchedulerActions } from "./scheduler-actions.tsx";

/** What makes jobs of this queue by itself: when it runs next, run it now, pause it. */
export function Schedulers({ queue }: { queue: QueueDetail }) {
  const [offset, setOffset] = useState(0);
  const query = useQuery({
    ...schedulersQuery(queue.source, queue.key, offset),
    placeholderData: keepPreviousData,
  });
  const found = query.data?.data;
  const rows = found ? [...found.paused, ...found.rows] : [];
  return (
    <Panel
      title="Schedulers"
      hint={found ? countText(found.total, found.pausedTotal) : undefined}
      reading={query.data}
      loading={query.isPending}
      error={query.data ? undefined : query.error}
      onRetry={() => query.refetch()}
      flush
    >
      {rows.length === 0 && found ? (
        <EmptyState title="No schedulers">
          Applications define them with <code>upsertJobScheduler</code>.
        </EmptyState>
      ) : (
        <PlainTable label="Schedulers" heads={["Scheduler", "When", "Next run", "Runs", null]}>
          {rows.map((row) => (
            <Row key={row.id} queue={queue} row={row} />
          ))}
        </PlainTable>
      )}
      {found && (offset > 0 || found.nextOffset !== null) ? (
        <div className="flex gap-2 border-t border-line px-3 py-2">
          <Button size="sm" disabled={offset === 0} onClick={() => setOffset(0)}>
            First
          </Button>
          <Button
            size="sm"
            disabled={found.nextOffset === null}
            onClick={() => setOffset(found.nextOffset ?? 0)}
          >
            Next
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}

const countText = (total: number, paused: number): string =>
  `${formatInteger(total)} defined${paused > 0 ? `, ${formatInteger(paused)} paused here` : ""}`;

function Row({ queue, row }: { queue: QueueDetail; row: SchedulerRow }) {
  return (
    <PlainRow>
      <Cell className="md:max-w-64 max-md:w-full">
        <span className="block truncate font-mono text-xs" title={row.id}>
          {row.id}
        </span>
        <span className="flex items-center gap-2 text-xs text-muted">
          <span className="truncate">{row.name ?? UNKNOWN}</span>
          {row.payload && row.payload !== "{}" ? <Payload payload={row.payload} /> : null}
        </span>
      </Cell>
      <Cell>
        <When row={row} />
      </Cell>
      <Cell>
        <Next row={row} />
      </Cell>
      <Cell className="tabular">
        {row.iterations === null ? UNKNOWN : plural(row.iterations, "run")}
        {row.limit ? ` of ${formatInteger(row.limit)}` : ""}
      </Cell>
      <Cell className="md:text-right max-md:w-full">
        <SchedulerActions queue={queue} row={row} />
      </Cell>
    </PlainRow>
  );
}

function Payload({ payload }: { payload: string }) {
  return (
    <Popover label="Payload" trigger="payload" variant="ghost" size="sm">
      <pre className="max-h-64 max-w-80 scroll-thin overflow-auto p-3 font-mono text-xs">
        {payload}
      </pre>
    </Popover>
  );
}

function When({ row }: { row: SchedulerRow }) {
  const { pattern, everyMs, timeZone, endAt } = row;
  return (
    <>
      {pattern ? (
        <code className="text-xs">{pattern}</code>
      ) : everyMs ? (
        `every ${formatDuration(everyMs)}`
      ) : (
        UNKNOWN
      )}
      {timeZone ? <span className="block text-xs text-muted">{timeZone}</span> : null}
      {endAt ? <span className="block text-xs text-muted">until {formatUtc(endAt)}</span> : null}
    </>
  );
}

const STATE_WORDS = {
  delayed: null,
  ready: { label: "waiting for a worker", tone: "neutral" },
  running: { label: "running", tone: "ok" },
  stuck: { label: "stands still", tone: "crit" },
} as const;

function Next({ row }: { row: SchedulerRow }) {
  const now = useNow();
  const state = row.nextState && STATE_WORDS[row.nextState];
  if (row.pausedAt)
    return (
      <Badge tone="warn" title={`Paused ${formatUtc(row.pausedAt)}.`}>
        paused
      </Badge>
    );
  return (
    <>
      <time dateTime={row.next ?? undefined} title={formatUtc(row.next)}>
        {now ? formatTime(row.next, now, { seconds: true }) : ""}
      </time>{" "}
      {state ? (
        <Badge
          tone={state.tone}
          title={
            row.nextState === "stuck"
              ? "Its next run is gone, so nothing makes another. Pausing and resuming it makes one."
              : undefined
          }
        >
          {state.label}
        </Badge>
      ) : null}
    </>
  );
}
