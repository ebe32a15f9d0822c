"use client";
import { useQuery } from "@tanstack/react-query";
import { CircleAlert, Trash2, TriangleAlert } from "lucide-react";
import Link from "next/link";
import { formatCount } from "#components/data/format.ts";
import { Panel } from "#components/data/panel.tsx";
import { type TableView, useTableView } from "#components/data/use-table-view.ts";
import { type TabItem, Tabs } from "#components/ui/tabs.tsx";
import { queueQuery } from "#lib/signals/queues/client.ts";
import type { JobState, QueueDetail } from "#lib/signals/queues/schema.ts";
import { QueueBadges } from "./badges.tsx";
import { QueueCharts } from "./charts.tsx";
import { QueueFacts } from "./facts.tsx";
import { Jobs } from "./jobs.tsx";
import { QueueOptions } from "./options.tsx";
import { QueueActions } from "./queue-actions.tsx";
import { STATES } from "./states.ts";
import { queueView } from "./view.ts";

/** One queue: what stands out, its figures, its jobs state by state, its history. */
export function QueueScreen({ id }: { id: string }) {
  const query = useQuery(queueQuery(id));
  const queue = query.data?.data;
  return (
    <div className="flex flex-col gap-4">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="min-w-0">
          <Link href="/queues" className="text-xs text-muted hover:text-ink">
            Queues
          </Link>
          <h1 className="flex flex-wrap items-center gap-2 text-xl font-semibold tracking-tight wrap-anywhere">
            {queue?.name ?? id}
            {queue ? <QueueBadges queue={queue} /> : null}
          </h1>
        </div>
        {queue ? (
          <div className="ml-auto">
            <QueueActions queue={queue} />
          </div>
        ) : null}
      </header>
      <Panel
        title="Now"
        hint={queue ? `${queue.source} · ${queue.key}` : undefined}
        reading={query.data}
        loading={query.isPending}
        error={query.data ? undefined : query.error}
        onRetry={() => query.refetch()}
      >
        {queue ? (
          <div className="flex flex-col gap-4">
            <Notices queue={queue} />
            <QueueFacts queue={queue} />
          </div>
        ) : null}
      </Panel>
      {queue ? <QueueTabs queue={queue} /> : null}
    </div>
  );
}

function QueueTabs({ queue }: { queue: QueueDetail }) {
  const view = useTableView(queueView);
  const states = TABS.filter((state) => !HIDDEN_WHEN_EMPTY.has(state) || queue.counts[state]);
  const chosen = view.filters["tab"] || (queue.counts.failed ? "failed" : "waiting");
  const items = [
    ...states.map((state) => stateTab(queue, state, view)),
    {
      id: "history",
      label: "History",
      panel: (
        <QueueCharts
          id={queue.id}
          range={view.range || "1h"}
          onRange={(range) => view.set({ range })}
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

/** What is wrong, and what this queue does that one should know before acting. */
function Notices({ queue }: { queue: QueueDetail }) {
  const line = "flex items-start gap-2";
  const discards = queue.findings.some(({ id }) => id === "discards_failures");
  if (queue.problems.length === 0 && !discards && !queue.readOnlyBecause) return null;
  return (
    <ul className="flex flex-col gap-1.5 text-sm">
      {queue.problems.map((problem) => (
        <li key={problem.type} className={line}>
          <TriangleAlert
            aria-hidden="true"
            className={`mt-0.5 size-4 shrink-0 ${problem.severity === "critical" ? "text-crit" : "text-warn"}`}
          />
          <span className="wrap-anywhere">{problem.title}</span>
        </li>
      ))}
      {discards ? (
        <li className={line}>
          <Trash2 aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-warn" />
          <span>
            This queue discards failed jobs: <code>removeOnFail</code> deletes them at once, with
            their payload. They cannot be looked at or retried.
          </span>
        </li>
      ) : null}
      {queue.readOnlyBecause ? (
        <li className={line}>
          <CircleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-muted" />
          <span>{queue.readOnlyBecause}</span>
        </li>
      ) : null}
    </ul>
  );
}
