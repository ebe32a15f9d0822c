"use client";
import Link from "next/link";
import { KeyValue } from "#components/data/key-value.tsx";
import { formatUtc } from "#components/data/format.ts";
import { changesBetween } from "#components/audit/diff.ts";
import type { AuditRow } from "#lib/audit/schema.ts";

/** One event whole: who, what, why, the difference it made, and its place in the chain. */
export function EventDetail({ event }: { event: AuditRow }) {
  return (
    <div className="flex flex-col gap-4">
      <KeyValue
        items={[
          ["When", formatUtc(event.at)],
          ["Who", `${event.actorLogin} (${event.actorId})`],
          ["Action", `${event.action} · ${event.phase}`],
          ["Target", event.target],
          ["Source", event.sourceName ?? "Plumbline itself"],
          ["Reason", event.reason ?? "none given"],
          ["Outcome", event.outcome ?? "none: this is not an outcome"],
          [
            "Run",
            event.runId ? (
              <Link className="underline" href={`/audit?run=${event.runId}`}>
                {event.runId}
              </Link>
            ) : (
              "none"
            ),
          ],
        ]}
      />
      <Difference event={event} />
      <KeyValue
        className="font-mono text-2xs"
        items={[
          ["Sequence", event.seq],
          ["Hash", event.hash],
          ["Hash before", event.prevHash],
          ["Request", event.requestId ?? "none"],
        ]}
      />
    </div>
  );
}

function Difference({ event }: { event: AuditRow }) {
  const changes = changesBetween(event.before, event.after);
  if (changes.length === 0)
    return <p className="text-sm text-muted">No difference was recorded.</p>;
  return (
    <div
      className="overflow-x-auto rounded-md border border-line"
      tabIndex={0}
      role="region"
      aria-label="Before and after"
    >
      <table className="w-full text-xs">
        <thead>
          <tr className="text-left text-muted">
            <th scope="col" className="px-2 py-1 font-medium">
              Field
            </th>
            <th scope="col" className="px-2 py-1 font-medium">
              Before
            </th>
            <th scope="col" className="px-2 py-1 font-medium">
              After
            </th>
          </tr>
        </thead>
        <tbody className="font-mono">
          {changes.map((change) => (
            <tr key={change.path} className="border-t border-line align-top">
              <th scope="row" className="px-2 py-1 text-left font-normal wrap-anywhere">
                {change.path || "value"}
              </th>
              <td className="bg-crit-soft px-2 py-1 wrap-anywhere">
                {change.before ?? <Absent />}
              </td>
              <td className="bg-ok-soft px-2 py-1 wrap-anywhere">{change.after ?? <Absent />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Absent = () => <span className="text-muted">absent</span>;
