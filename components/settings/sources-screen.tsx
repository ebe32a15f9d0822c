"use client";
import { useQuery } from "@tanstack/react-query";
import { Badge } from "#components/ui/badge.tsx";
import { EmptyState } from "#components/data/empty-state.tsx";
import { Panel } from "#components/data/panel.tsx";
import { Status } from "#components/data/status-dot.tsx";
import { formatUtc } from "#components/data/format.ts";
import { freshnessTone } from "#components/overview/tones.ts";
import { CapabilityList } from "#components/settings/capability-list.tsx";
import { CollectionTable } from "#components/settings/collection-table.tsx";
import { overviewQuery } from "#lib/overview/client.ts";
import type { OverviewSource } from "#lib/overview/schema.ts";

/** Every configured source: its health, what it may be asked, when it was last read and what that cost it. */
export function SourcesScreen() {
  const { data, error, isPending, refetch } = useQuery(overviewQuery());
  if (!data)
    return <Panel title="Sources" loading={isPending} error={error} onRetry={() => refetch()} />;
  if (data.data.sources.length === 0) {
    return (
      <EmptyState title="No sources yet">
        Sources are code: name them in plumbline.yaml and check them with{" "}
        <code>plumbline doctor</code>. Their passwords stay with the worker.
      </EmptyState>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      {data.data.sources.map((source) => (
        <SourcePanel key={source.id} source={source} />
      ))}
    </div>
  );
}

function SourcePanel({ source }: { source: OverviewSource }) {
  return (
    <div id={source.name} className="scroll-mt-16">
      <Panel
        title={source.name}
        hint={[source.kind, source.serverVersion].filter(Boolean).join(" ")}
        actions={
          <>
            {Object.entries(source.labels).map(([key, value]) => (
              <Badge key={key}>
                {key} {value}
              </Badge>
            ))}
            <Status tone={freshnessTone[source.freshness]}>{source.freshness}</Status>
          </>
        }
      >
        <div className="flex flex-col gap-4">
          {source.collections.length > 0 ? (
            <CollectionTable collections={source.collections} />
          ) : null}
          <section>
            <h3 className="mb-2 text-sm font-semibold">
              Capabilities{" "}
              <span className="font-normal text-muted">
                {source.probedAt ? `probed ${formatUtc(source.probedAt)}` : ""}
              </span>
            </h3>
            <CapabilityList capabilities={source.capabilities} />
          </section>
        </div>
      </Panel>
    </div>
  );
}
