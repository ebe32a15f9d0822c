"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { PageHeader, type Crumb } from "#components/data/page-header.tsx";
import { Panel } from "#components/data/panel.tsx";
import { TimeRange } from "#components/data/time-range.tsx";
import { useTableView } from "#components/data/use-table-view.ts";
import { cacheQuery } from "#lib/signals/caches/client.ts";
import type { CacheDetail } from "#lib/signals/caches/schema.ts";
import { CacheCharts } from "./charts.tsx";
import { CacheFacts } from "./facts.tsx";
import { KIND_LABELS } from "./kinds.ts";
import { Notes } from "./notes.tsx";
import { CacheParts } from "./parts.tsx";
import { RedisPanels } from "./redis-panels.tsx";
import { VerdictBadge } from "./verdict.tsx";
import { cacheHref, cacheView } from "./view.ts";

/** One cache: what may be said of its ratio and why, how it developed, what it is made of. */
export function CacheScreen({ id }: { id: string }) {
  const view = useTableView(cacheView);
  const query = useQuery({ ...cacheQuery(id, view.range), placeholderData: keepPreviousData });
  const cache = query.data?.data;
  return (
    <>
      <PageHeader
        crumbs={crumbsOf(cache, view.range)}
        title={cache?.name ?? id}
        meta={cache ? <VerdictBadge verdict={cache.verdict} /> : null}
        actions={<TimeRange value={view.range} onChange={(range) => view.set({ range })} />}
      />
      <div className="flex flex-col gap-4">
        <Panel
          title="In this time"
          hint={cache ? hintOf(cache) : undefined}
          reading={query.data}
          loading={query.isPending}
          error={query.error}
          onRetry={() => query.refetch()}
        >
          {cache ? <Judged cache={cache} /> : null}
        </Panel>
        {cache ? (
          <>
            <CacheParts cache={cache} view={view} />
            <CacheCharts cache={cache} range={view.range} />
            <RedisPanels cache={cache} />
          </>
        ) : null}
      </div>
    </>
  );
}

function Judged({ cache }: { cache: CacheDetail }) {
  const { problems, verdict, notes } = cache;
  return (
    <div className="flex flex-col gap-4">
      <Notes notes={problems.map(({ title }) => title)} />
      {problems.length > 0 && verdict.state === "poor" ? null : (
        <Notes notes={[verdict.why]} tone={verdict.state === "poor" ? "warn" : "neutral"} />
      )}
      <CacheFacts cache={cache} />
      <Notes notes={notes} />
    </div>
  );
}

const hintOf = ({ kind, source, serverVersion }: CacheDetail): string => {
  const server = kind === "redis" ? serverVersion : `PostgreSQL ${serverVersion ?? ""}`.trim();
  return [KIND_LABELS[kind], source, server].filter(Boolean).join(" · ");
};

/** The way here: a table's page lies below its database's, an index' below its table's. */
function crumbsOf(cache: CacheDetail | undefined, range: string): Crumb[] {
  const list = { label: "Caches", href: "/caches" };
  if (!cache?.parent) return [list];
  const label = cache.parent.replace(/^\w+:(public\.)?/, "");
  return [list, { label, href: cacheHref(`${cache.source}~${cache.parent}`, range) }];
}
