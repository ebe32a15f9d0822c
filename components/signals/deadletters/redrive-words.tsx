import { formatDuration, formatInteger, plural } from "#components/data/format.ts";
import type { Selection } from "#lib/signals/deadletters/schema.ts";
import { type RedrivePlan, secondsToSend } from "./redrive-plan.ts";

/** What will happen, in the order in which it happens. */
export function RedriveWords({ plan, selection }: { plan: RedrivePlan; selection: Selection }) {
  const { total, queues, children } = selection;
  const { canary, rate, stopPercent, target } = plan;
  const seconds = secondsToSend(selection, rate);
  const several = queues.length > 1;
  return (
    <ol className="ml-4 flex list-decimal flex-col gap-1 text-sm text-muted">
      {canary > 0 ? (
        <li>
          The oldest {plural(canary, "letter")}
          {several ? " of each queue" : ""} {canary === 1 ? "is" : "are"} sent, and the rest waits
          for what becomes of them.
        </li>
      ) : null}
      <li>
        {canary > 0 ? "Then the others" : `${formatInteger(total)} letters`} follow, oldest first,
        at {formatInteger(rate)} per second{several ? " in each queue" : ""}
        {seconds === null ? "" : `: ${formatDuration(seconds * 1_000)} of sending`}.{" "}
        {target
          ? `Each is copied into ${target} with all its attempts.`
          : `Each goes back in line with its priority and order, for ${plan.resetAttempts ? "all its attempts again" : "one more attempt"}.`}
      </li>
      {target && children > 0 ? (
        <li>
          {plural(children, "child", "children")} of flows {children === 1 ? "stays" : "stay"} dead:
          the parent may wait for the job itself, and a copy has no parent.
        </li>
      ) : null}
      <li>
        {stopPercent >= 100
          ? "It does not stop by itself, however many fail again."
          : `It stops by itself when more than ${stopPercent} % of those with a known outcome fail again.`}
      </li>
      <li>
        Letters that somebody else acts on meanwhile are left alone. You can pause it, slow it down
        or cancel it at any time.
      </li>
    </ol>
  );
}
