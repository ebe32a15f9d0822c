"use client";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { EmptyState } from "#components/data/empty-state.tsx";
import { Panel } from "#components/data/panel.tsx";
import { plural } from "#components/data/format.ts";
import { DataStrip } from "#components/overview/data-strip.tsx";
import { ProblemList, type ProblemOfSource } from "#components/overview/problem-list.tsx";
import { SourceCard } from "#components/overview/source-card.tsx";
import { overviewQuery } from "#lib/overview/client.ts";
import type { OverviewSource } from "#lib/overview/schema.ts";

const SEVERITY_ORDER = ["critical", "warning", "risk"];

/** Every source and signal with its freshness and its worst fact; what is wrong comes first. */
export function OverviewScreen() {
  const { data, error, isPending, refetch } = useQuery(overviewQuery());
  const sources = data?.data.sources ?? [];
  const problems = problemsOf(sources);
  return (
    <div className="flex flex-col gap-4">
      <header className="flex flex-wrap items-baseline gap-x-4 gap-y-1.5">
        <h1 className="text-xl font-semibold tracking-tight">Overview</h1>
        <DataStrip sources={sources} />
      </header>
      <Panel
        title="Wrong now"
        hint={problems.length > 0 ? plural(problems.length, "problem") : undefined}
        loading={isPending}
        error={data ? undefined : error}
        onRetry={() => refetch()}
        flush
      >
        {problems.length > 0 ? (
          <ProblemList problems={problems} />
        ) : (
          <NothingWrong sources={sources} />
        )}
      </Panel>
      <div className="grid items-start gap-4 xl:grid-cols-2">
        {sources.map((source) => (
          <SourceCard key={source.id} source={source} />
        ))}
      </div>
    </div>
  );
}

function problemsOf(sources: readonly OverviewSource[]): ProblemOfSource[] {
  const all = sources.flatMap((source) =>
    source.problems.map((problem) => ({ ...problem, source: source.name })),
  );
  return all.toSorted(
    (a, b) =>
      SEVERITY_ORDER.indexOf(a.severity) - SEVERITY_ORDER.indexOf(b.severity) ||
      a.since.localeCompare(b.since),
  );
}

/** The absence of a problem is a result only where somebody looked. */
function NothingWrong({ sources }: { sources: readonly OverviewSource[] }) {
  if (sources.length === 0) {
    return (
      <EmptyState title="No sources yet">
        Name your Postgres, Redis and BullMQ servers in plumbline.yaml, check them with{" "}
        <code>plumbline doctor</code>, and restart the worker.
      </EmptyState>
    );
  }
  const unseen = sources.filter((source) => source.freshness !== "fresh");
  if (unseen.length > 0) {
    return (
      <EmptyState title="Nothing wrong where we can see">
        {plural(unseen.length, "source")} of {sources.length} cannot be judged now:{" "}
        {unseen.map((source) => source.name).join(", ")}.
      </EmptyState>
    );
  }
  const checks = sources.reduce((sum, source) => sum + source.collections.length, 0);
  return (
    <EmptyState icon={<CircleCheck aria-hidden="true" />} title="Nothing wrong found">
      {plural(checks, "check")} on {plural(sources.length, "source")}, all fresh.
    </EmptyState>
  );
}
