import { CircleAlert, Trash2, TriangleAlert } from "lucide-react";
import Link from "next/link";
import type { QueueDetail } from "#lib/signals/queues/schema.ts";
import { queueHref } from "./links.ts";

/** The storm has a banner of its own; what is discarded has its own words. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set([
  "queue_retry_storm",
  "queue_discards_failures",
  "dlq_losses",
]);

type Problem = QueueDetail["problems"][number];

/** A link where something else than this page shows it, such as the dead letters behind it. */
function ProblemTitle({
  problem: { href, title },
  queueId,
}: {
  problem: Problem;
  queueId: string;
}) {
  if (href.startsWith(queueHref(queueId))) return title;
  return (
    <Link href={href} className="underline underline-offset-2">
      {title}
    </Link>
  );
}

/** What is wrong, and what this queue does that one should know before acting. */
export function Notices({ queue }: { queue: QueueDetail }) {
  const line = "flex items-start gap-2";
  const problems = queue.problems.filter(({ type }) => !TOLD_ELSEWHERE.has(type));
  const discards = queue.findings.find(({ id }) => id === "discards_failures");
  const losses = queue.problems.find(({ type }) => type === "dlq_losses");
  const lost = [losses?.title, discards?.seen].filter(Boolean).join("; ");
  if (problems.length === 0 && lost === "" && !queue.readOnlyBecause) return null;
  return (
    <ul className="flex flex-col gap-1.5 text-sm">
      {problems.map((problem) => (
        <li key={problem.type} className={line}>
          <TriangleAlert
            aria-hidden="true"
            className={`mt-0.5 size-4 shrink-0 ${problem.severity === "critical" ? "text-crit" : "text-warn"}`}
          />
          <span className="wrap-anywhere">
            <ProblemTitle problem={problem} queueId={queue.id} />
          </span>
        </li>
      ))}
      {lost ? (
        <li className={line}>
          <Trash2 aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-warn" />
          <span>
            {losses ? "" : "This queue discards failures: "}
            {lost}. They cannot be looked at or retried.
          </span>
        </li>
      ) : null}
      {queue.readOnlyBecause ? (
        <li className={line}>
          <CircleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-muted" />
          <span>{queue.readOnlyBecause}</span>
        </li>
      ) : null}
    </ul>
  );
}
