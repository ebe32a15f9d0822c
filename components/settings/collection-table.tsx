"use client";
import { ReadingBadge } from "#components/data/reading-badge.tsx";
import { formatBytes, formatDuration, formatInteger } from "#components/data/format.ts";
import type { OverviewCollection } from "#lib/overview/schema.ts";

const HEADERS = [
  "Signal",
  "Last collected",
  "Every",
  "Took",
  "Statements",
  "Commands",
  "Time on target",
  "Read",
];

/** The last collection of each signal and what it cost the target. */
export function CollectionTable({ collections }: { collections: readonly OverviewCollection[] }) {
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Collections">
      <table className="w-full text-sm">
        <thead>
          <tr className="text-left text-xs text-muted">
            {HEADERS.map((header, index) => (
              <th
                key={header}
                scope="col"
                className={`py-1 pr-3 font-medium whitespace-nowrap ${index > 1 ? "text-right" : ""}`}
              >
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {collections.map((one) => (
            <CollectionRow key={one.signal} one={one} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function CollectionRow({ one }: { one: OverviewCollection }) {
  const numbers = [
    `${one.intervalSeconds} s`,
    formatDuration(one.durationMs),
    formatInteger(one.cost?.statements),
    formatInteger(one.cost?.commands),
    formatDuration(one.cost?.targetMs),
    formatBytes(one.cost?.bytes),
  ];
  return (
    <>
      <tr className="border-t border-line">
        <th scope="row" className="py-1.5 pr-3 text-left font-medium">
          {one.title}
        </th>
        <td className="py-1.5 pr-3">
          <ReadingBadge
            reading={{
              observedAt: one.lastSuccessAt,
              intervalSeconds: one.intervalSeconds,
              quality: one.freshness === "blind" ? "unknown" : "exact",
            }}
          />
        </td>
        {numbers.map((text, index) => (
          <td key={HEADERS[index + 2]} className="py-1.5 pr-3 text-right whitespace-nowrap">
            {text}
          </td>
        ))}
      </tr>
      {one.blindSince || one.unread.length > 0 ? (
        <tr>
          <td colSpan={HEADERS.length} className="pb-1.5 wrap-anywhere text-muted">
            {one.blindSince ? <span className="text-crit">{one.message} </span> : null}
            {one.unread.join(" · ")}
          </td>
        </tr>
      ) : null}
    </>
  );
}
