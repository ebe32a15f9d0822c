"use client";
import { formatTime } from "#components/data/format.ts";
import type { ChartRow, ChartSeries } from "#components/data/chart-data.ts";

/** The numbers of a chart, newest first. */
export function ChartTable({
  title,
  series,
  rows,
  format,
  now,
}: {
  title: string;
  series: readonly ChartSeries[];
  rows: readonly ChartRow[];
  format: (value: number | null) => string;
  now: Date;
}) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrollable region must be reachable by keyboard
    <div
      tabIndex={0}
      role="region"
      aria-label={`${title}, as a table`}
      className="h-44 scroll-thin overflow-auto rounded-md border border-line"
    >
      <table className="w-full text-xs">
        <thead className="sticky top-0 bg-sunken text-left text-muted">
          <tr>
            <th scope="col" className="px-2 py-1 font-medium">
              Time
            </th>
            {series.map((each) => (
              <th key={each.id} scope="col" className="px-2 py-1 text-right font-medium">
                {each.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map((row) => (
            <tr key={row.at} className="border-t border-line">
              <th
                scope="row"
                className="px-2 py-0.5 text-left font-normal whitespace-nowrap text-muted"
              >
                {formatTime(new Date(row.at), now, { seconds: true })}
              </th>
              {series.map((each) => (
                <td key={each.id} className="px-2 py-0.5 text-right">
                  {format(row[each.id] ?? null)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
