import { formatInteger, plural } from "#components/data/format.ts";
import { CodeBlock } from "#components/data/code-block.tsx";
import { Badge } from "#components/ui/badge.tsx";
import type { Finding, QueueDetail } from "#lib/signals/queues/schema.ts";
import { FINDING_WORDS, SEVERITY_TONE } from "./finding-words.ts";

/** What the way this queue's jobs are retried and kept will do one day, why, and what to change. */
export function Findings({ queue }: { queue: QueueDetail }) {
  const { findings, policies, flavour } = queue;
  const looks = policies.reduce((sum, policy) => sum + policy.looks, 0);
  return (
    <section aria-labelledby="policy" className="flex flex-col gap-3">
      <h3 id="policy" className="text-sm font-medium">
        Policy
      </h3>
      {findings.length === 0 ? (
        <p className="text-sm text-muted">
          {flavour === "bull"
            ? "Only queues of BullMQ are judged."
            : looks === 0
              ? "No job's options were seen yet, so there is nothing to judge."
              : `Nothing to change: ${plural(looks, "look")} at the options of jobs found no risk.`}
        </p>
      ) : (
        <ul className="flex flex-col divide-y divide-line rounded-md border border-line">
          {findings.map((finding) => (
            <FindingRow key={finding.id} finding={finding} />
          ))}
        </ul>
      )}
    </section>
  );
}

function FindingRow({ finding: { id, severity, seen, sampled } }: { finding: Finding }) {
  const { title, why, where, code } = FINDING_WORDS[id];
  return (
    <li className="grid gap-x-6 gap-y-2 p-3 text-sm lg:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-1">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          {title}
          <Badge tone={SEVERITY_TONE[severity]}>{severity}</Badge>
        </p>
        <p className="wrap-anywhere">{why}</p>
        <p className="text-xs wrap-anywhere text-muted">
          Seen: {seen}
          {sampled
            ? `, on ${names(sampled.names)} in ${formatInteger(sampled.looks)} of ${plural(sampled.of, "look")}`
            : ""}
          .
        </p>
      </div>
      <div className="flex min-w-0 flex-col gap-1">
        <p className="text-xs text-muted">Change: {where}</p>
        <CodeBlock label={`What to change: ${title}`} text={code} />
      </div>
    </li>
  );
}

const NAMES_SHOWN = 3;

function names(all: readonly string[]): string {
  if (all.length === 0) return "jobs without a name";
  const shown = all.slice(0, NAMES_SHOWN).join(", ");
  return all.length > NAMES_SHOWN ? `${shown} and ${all.length - NAMES_SHOWN} more` : shown;
}
