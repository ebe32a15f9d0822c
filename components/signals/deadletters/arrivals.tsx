"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { BarRange } from "#components/data/bar-range.tsx";
import { formatAge } from "#components/data/format.ts";
import { Panel } from "#components/data/panel.tsx";
import { TimeRange } from "#components/data/time-range.tsx";
import type { TableView } from "#components/data/use-table-view.ts";
import { Button } from "#components/ui/button.tsx";
import { arrivalsQuery } from "#lib/signals/deadletters/client.ts";
import { hasTerm, withoutTerm, withTerm } from "./search-text.ts";
import { arrivalsParams, DEFAULT_RANGE } from "./view.ts";

/** When they failed, queue by queue; a bar narrows the search to its time. */
export function Arrivals({ view }: { view: TableView }) {
  const query = useQuery({
    ...arrivalsQuery(arrivalsParams(view.params)),
    placeholderData: keepPreviousData,
  });
  const data = query.data?.data;
  const series = (data?.series ?? []).map(({ metric, points }) => ({
    id: metric,
    label: metric,
    points,
  }));
  const narrowed = hasTerm(view.q, "failed");
  return (
    <Panel
      title="Arrivals"
      hint={data ? `failures per ${formatAge(data.bucketSeconds)}` : undefined}
      reading={query.data}
      loading={query.isPending}
      error={query.data ? undefined : query.error}
      onRetry={() => query.refetch()}
      actions={
        <>
          {narrowed ? (
            <Button
              variant="ghost"
              size="sm"
              icon={<X className="size-3.5" />}
              onClick={() => view.set({ q: withoutTerm(view.q, "failed") || null })}
            >
              Any time
            </Button>
          ) : null}
          <TimeRange
            value={view.range || DEFAULT_RANGE}
            onChange={(range) => view.set({ range: range === DEFAULT_RANGE ? null : range })}
          />
        </>
      }
    >
      {data?.note ? <p className="mb-1 text-xs text-muted">{data.note}</p> : null}
      {data && series.some(({ points }) => points.some(({ value }) => value)) ? (
        <BarRange
          title="Failures"
          series={series}
          bucketSeconds={data.bucketSeconds}
          onChoose={(from, to) =>
            view.set({
              q: withTerm(view.q, { is: "failed", since: moment(from), until: moment(to) }),
            })
          }
        />
      ) : (
        <p className="py-2 text-sm text-muted">Nothing that matches failed in this time.</p>
      )}
    </Panel>
  );
}

const moment = (at: Date) => ({ at: at.toISOString() });
