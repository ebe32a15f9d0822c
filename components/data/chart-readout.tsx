import { seriesColor, type ChartRow, type ChartSeries } from "#components/data/chart-data.ts";
import { formatTime } from "#components/data/format.ts";

interface ReadoutProps {
  series: readonly ChartSeries[];
  format: (value: number | null) => string;
  now: Date;
  /** These two come from the chart library. */
  active?: boolean;
  payload?: readonly { payload?: unknown }[];
}

/** The values under the crosshair. */
export function ChartReadout({ series, format, now, active, payload }: ReadoutProps) {
  const row = payload?.[0]?.payload as ChartRow | undefined;
  if (!active || !row) return null;
  return (
    <div className="rounded-md border border-line bg-raised px-2.5 py-1.5 text-xs shadow-float">
      <p className="mb-1 text-muted">{formatTime(new Date(row.at), now, { seconds: true })}</p>
      {series.map((each, at) => (
        <p key={each.id} className="flex items-center gap-2">
          <svg aria-hidden="true" viewBox="0 0 12 2" className="h-0.5 w-3">
            <rect width="12" height="2" rx="1" fill={seriesColor(at)} />
          </svg>
          <span className="text-muted">{each.label}</span>
          <span className="ml-auto pl-3 text-right font-medium">
            {format(row[each.id] ?? null)}
          </span>
        </p>
      ))}
    </div>
  );
}
