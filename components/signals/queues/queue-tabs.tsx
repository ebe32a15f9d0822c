"use client";
import dynamic from "next/dynamic";
import { formatCount, plural } from "#components/data/format.ts";
import { type TableView, useTableView } from "#components/data/use-table-view.ts";
import { SkeletonLines } from "#components/ui/skeleton.tsx";
import { type TabItem, Tabs } from "#components/ui/tabs.tsx";
import type { JobState, QueueDetail } from "#lib/signals/queues/schema.ts";
import { Jobs } from "./jobs.tsx";
import { STATES } from "./states.ts";
import { queueView } from "./view.ts";

// Only the jobs come with the page: the other sides are loaded when somebody turns to them.
const loading = () => <SkeletonLines />;
const QueueCharts = dynamic(async () => (await import("./charts.tsx")).QueueCharts, { loading });
const QueueOptions = dynamic(async () => (await import("./options.tsx")).QueueOptions, { loading });
const QueueRetries = dynamic(async () => (await import("./retries.tsx")).QueueRetries, { loading });
const QueueWorkers = dynamic(async () => (await import("./queue-workers.tsx")).QueueWorkers, {
  loading,
});
const RetryWave = dynamic(async () => (await import("./retry-wave.tsx")).RetryWave, { loading });
const Schedulers = dynamic(async () => (await import("./schedulers.tsx")).Schedulers, { loading });

/** The sides of a queue: its jobs state by state, its retries, its history and its options. */
export function QueueTabs({ queue }: { queue: QueueDetail }) {
  const view = useTableView(queueView);
  const states = TABS.filter((state) => !HIDDEN_WHEN_EMPTY.has(state) || queue.counts[state]);
  const chosen = view.filters["tab"] || (queue.counts.failed ? "failed" : "waiting");
  const range = view.range || "1h";
  const items = [
    ...states.map((state) => stateTab(queue, state, view)),
    {
      id: "retries",
      label: "Retries",
      badge:
        queue.findings.length > 0 ? (
          <span className="text-xs text-faint">{plural(queue.findings.length, "finding")}</span>
        ) : null,
      panel: <QueueRetries queue={queue} range={range} />,
    },
    { id: "wave", label: "Coming due", panel: <RetryWave queue={queue} /> },
    { id: "schedulers", label: "Schedulers", panel: <Schedulers queue={queue} /> },
    { id: "workers", label: "Workers", panel: <QueueWorkers queue={queue} /> },
    {
      id: "history",
      label: "History",
      panel: (
        <QueueCharts
          id={queue.id}
          range={range}
          onRange={(chosenRange) => view.set({ range: chosenRange })}
        />
      ),
    },
    { id: "options", label: "Options", panel: <QueueOptions queue={queue} /> },
  ];
  return (
    <Tabs
      label="Sides of this queue"
      value={chosen}
      onValueChange={(tab) => view.set({ tab, sort: null, dir: null })}
      items={items}
    />
  );
}

/** What one looks for first comes first. */
const TABS: readonly JobState[] = [
  "failed",
  "waiting",
  "prioritized",
  "paused",
  "active",
  "delayed",
  "waiting-children",
  "completed",
];

/** States that many teams never meet. */
const HIDDEN_WHEN_EMPTY: ReadonlySet<JobState> = new Set([
  "paused",
  "waiting-children",
  "prioritized",
]);

function stateTab(queue: QueueDetail, state: JobState, view: TableView): TabItem {
  return {
    id: state,
    label: STATES[state].label,
    badge: <span className="text-xs text-faint">{formatCount(queue.counts[state])}</span>,
    panel: <Jobs key={state} queue={queue} state={state} view={view} />,
  };
}
