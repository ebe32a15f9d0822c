import { formatCount, formatInteger, formatPercent, plural } from "#components/data/format.ts";
import { Stat } from "#components/data/key-value.tsx";
import type { QueueDetail, Retries } from "#lib/signals/queues/schema.ts";
import { factor } from "./factor.ts";

/** How many attempts a job takes, against what independent failures would make of it. */
export function RetryVerdict({ queue }: { queue: QueueDetail }) {
  const { retries, policies } = queue;
  if (!retries) {
    return (
      <p className="text-sm text-muted">
        Nothing is known of retries: the queue has no events to read, or was looked at only once.
      </p>
    );
  }
  const { attempts, amplification, expected, failing } = retries;
  const most = Math.max(...policies.map(({ options }) => options.attempts ?? 1), 1);
  return (
    <section className="flex flex-col gap-3">
      <p className="text-sm">{verdict(retries, queue.amplificationUnknown)}</p>
      <div className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-4">
        <Stat
          label="Attempts per job, 15 min"
          value={factor(amplification)}
          hint={`${formatInteger(attempts.first + attempts.again)} for ${plural(jobsOf(retries), "job")}`}
        />
        <Stat
          label="Expected"
          value={factor(expected)}
          hint={
            policies.length === 0
              ? "no job's options were seen"
              : `with up to ${plural(most, "attempt")}`
          }
        />
        <Stat
          label="Attempts that fail"
          value={formatPercent(failing)}
          hint={`${formatCount(attempts.failed + attempts.retries)} of ${formatCount(attempts.failed + attempts.retries + attempts.completed)}`}
        />
        <Stat
          label="Retries"
          value={formatCount(Math.round(attempts.retries))}
          hint={`${formatInteger(attempts.failed)} gave up`}
        />
      </div>
    </section>
  );
}

const jobsOf = ({ attempts }: Retries): number =>
  Math.round(Math.max(attempts.asked, attempts.first));

/** Nearer than this to what is expected, nothing is read into the difference. */
const NEAR = 0.15;
/** Above this share of failures no job succeeds, whichever it is. */
const MOST = 0.9;

function verdict({ amplification, expected, failing }: Retries, unknown: string | null): string {
  if (amplification === null) return `Nothing to judge in the last 15 minutes: ${unknown}.`;
  if (amplification < 1.05) return "Hardly any job was tried twice in the last 15 minutes.";
  const fact = `Each job took ${formatCount(amplification)} attempts on average.`;
  if (expected === null) return fact;
  if (amplification > expected * (1 + NEAR)) {
    return `${fact} Failures that have nothing to do with each other would make it ${formatCount(expected)}: here attempts of earlier jobs pile up.`;
  }
  if (amplification < expected * (1 - NEAR)) {
    return failing !== null && failing > MOST
      ? `${fact} Nearly all of them fail: on the way to ${formatCount(expected)}, where the last attempt of each job is used up.`
      : `${fact} Failures that have nothing to do with each other would make it ${formatCount(expected)}: here some jobs fail every time while the others succeed. More attempts will not help those.`;
  }
  return `${fact} That is what failures at this rate make of it.`;
}
