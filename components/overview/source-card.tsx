"use client";
import { clsx } from "clsx";
import Link from "next/link";
import { Badge } from "#components/ui/badge.tsx";
import { Card, CardHeader } from "#components/ui/card.tsx";
import { formatCount, formatPercent } from "#components/data/format.ts";
import { Sparkline } from "#components/data/sparkline.tsx";
import { StatusDot } from "#components/data/status-dot.tsx";
import { ReadingBadge } from "#components/data/reading-badge.tsx";
import { placeHref } from "#components/overview/places.ts";
import { freshnessTone, severityTone } from "#components/overview/tones.ts";
import type { OverviewCollection, OverviewSource, OverviewTrend } from "#lib/overview/schema.ts";

/** One source: each of its signals with its freshness and its worst fact. */
export function SourceCard({ source }: { source: OverviewSource }) {
  return (
    <Card>
      <CardHeader
        title={source.name}
        hint={[source.kind, source.serverVersion].filter(Boolean).join(" ")}
      >
        {Object.entries(source.labels).map(([key, value]) => (
          <Badge key={key}>
            <span className="font-normal">{key}</span> <span className="text-ink">{value}</span>
          </Badge>
        ))}
      </CardHeader>
      {source.collections.length === 0 ? (
        <p className="p-3 text-sm text-muted">Waiting for the first collection.</p>
      ) : null}
      <ul className="divide-y divide-line">
        {source.collections.map((collection) => (
          <li
            key={collection.signal}
            className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-0.5 px-3 py-2 sm:grid-cols-[6.75rem_10rem_minmax(0,1fr)_auto]"
          >
            <Link
              href={placeHref(collection.signal, source.name)}
              className="inline-flex items-center gap-1.5 font-medium hover:underline"
            >
              <StatusDot tone={freshnessTone[collection.freshness]} />
              {collection.title}
            </Link>
            <Trend trend={collection.trend} />
            <div
              className={clsx(
                "order-last col-span-2 min-w-0",
                isWell(source, collection) ? "sm:order-none sm:col-span-1" : "sm:col-span-4",
              )}
            >
              <WorstFact source={source} collection={collection} />
            </div>
            <ReadingBadge
              className="sm:col-start-4"
              reading={{
                observedAt: collection.lastSuccessAt,
                intervalSeconds: collection.intervalSeconds,
                quality: collection.freshness === "blind" ? "unknown" : "exact",
              }}
            />
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** What is wrong takes a line of its own: a sentence has no room beside the figures. */
const isWell = ({ problems }: OverviewSource, collection: OverviewCollection): boolean =>
  collection.freshness !== "blind" &&
  collection.unread.length === 0 &&
  problems.every(({ signal }) => signal !== collection.signal);

/** The last hour as a line, and where it stands now. */
function Trend({ trend }: { trend: OverviewTrend }) {
  const format =
    trend.unit === "ratio" ? formatPercent : (value?: number | null) => formatCount(round(value));
  const last = trend.values.findLast((value) => value !== null);
  return (
    <span className="order-last col-span-2 flex items-center gap-2 sm:order-none sm:col-span-1">
      <Sparkline
        values={trend.values}
        label={`${trend.label}, last hour`}
        format={format}
        className="h-5 w-28"
      />
      <span className="tabular text-xs text-muted">{format(last)}</span>
    </span>
  );
}

/** Counts are whole; only a small average needs its first digits. */
function round(value: number | null | undefined): number | null {
  if (typeof value !== "number") return null;
  return value < 10 ? Number(value.toPrecision(2)) : Math.round(value);
}

function WorstFact({
  source,
  collection,
}: {
  source: OverviewSource;
  collection: OverviewCollection;
}) {
  const worst = source.problems.find((problem) => problem.signal === collection.signal);
  if (collection.freshness === "blind")
    return (
      <span className="text-sm wrap-anywhere text-crit">
        {collection.message ?? "The last collection failed."}
      </span>
    );
  if (worst) {
    const more =
      source.problems.filter((problem) => problem.signal === collection.signal).length - 1;
    return (
      <span className="inline-flex min-w-0 items-baseline gap-1.5 text-sm">
        <StatusDot
          tone={severityTone[worst.severity]}
          label={worst.severity}
          className="self-center"
        />
        <Link href={worst.href} className="min-w-0 wrap-anywhere hover:underline">
          {worst.title}
        </Link>
        {more > 0 ? <span className="whitespace-nowrap text-muted">and {more} more</span> : null}
      </span>
    );
  }
  if (collection.unread.length > 0)
    return (
      <span className="text-sm wrap-anywhere text-muted">
        Not readable: {collection.unread.join(" · ")}
      </span>
    );
  return <span className="text-sm text-muted">Nothing wrong found</span>;
}
