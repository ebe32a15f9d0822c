"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Panel } from "#components/data/panel.tsx";
import { ButtonLink } from "#components/ui/button-link.tsx";
import { queueQuery } from "#lib/signals/queues/client.ts";
import { QueueBadges } from "./badges.tsx";
import { QueueFacts } from "./facts.tsx";
import { deadLettersHref } from "./links.ts";
import { Notices } from "./notices.tsx";
import { QueueActions } from "./queue-actions.tsx";
import { QueueTabs } from "./queue-tabs.tsx";
import { StormBanner } from "./storm-banner.tsx";
import { QueueTimes } from "./times.tsx";

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
          <div className="ml-auto flex flex-wrap items-center gap-2">
            <ButtonLink size="sm" variant="ghost" href={deadLettersHref(queue.id)}>
              Dead letters
            </ButtonLink>
            <QueueActions queue={queue} />
          </div>
        ) : null}
      </header>
      {queue ? <StormBanner queue={queue} /> : null}
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
            <QueueTimes queue={queue} />
          </div>
        ) : null}
      </Panel>
      {queue ? <QueueTabs queue={queue} /> : null}
    </div>
  );
}
