import { formatInteger, plural } from "#components/data/format.ts";
import { Meter } from "#components/data/meter.tsx";
import type { Tone } from "#components/ui/tone.ts";
import type { Retries } from "#lib/signals/queues/schema.ts";
import { budgetShare } from "./factor.ts";

type Burn = Retries["budget"]["hour"];

/** Retries against what a service can bear: the hour says whether it matters, five minutes whether it goes on. */
export function RetryBudget({ budget }: { budget: Retries["budget"] }) {
  return (
    <section aria-labelledby="budget" className="flex flex-col gap-2">
      <h3 id="budget" className="text-sm font-medium">
        Retry budget
      </h3>
      <BurnRow label="Last 5 min" burn={budget.fiveMinutes} />
      <BurnRow label="Last hour" burn={budget.hour} />
      <p className="text-xs text-muted">
        One retry for every five jobs uses it up: 20 %, the default of{" "}
        <a
          className="underline"
          href="https://finagle.github.io/blog/2016/02/08/retry-budgets/"
          rel="noreferrer"
          target="_blank"
        >
          Finagle
        </a>{" "}
        and Envoy. Beyond it, retries load the other side more than they help.
      </p>
    </section>
  );
}

function BurnRow({ label, burn: { used, attempts } }: { label: string; burn: Burn }) {
  const jobs = Math.round(Math.max(attempts.asked, attempts.first));
  return (
    <div className="grid grid-cols-[5rem_minmax(0,1fr)] items-center gap-x-3 text-sm">
      <span className="text-muted">{label}</span>
      <Meter
        label={`Retry budget used, ${label.toLowerCase()}`}
        ratio={used}
        text={budgetShare(used)}
        tone={toneOf(used)}
      />
      <span className="col-start-2 text-xs text-muted">
        {used === null
          ? `too few jobs (n=${jobs})`
          : `${formatInteger(Math.round(attempts.retries))} retries for ${plural(jobs, "job")}`}
      </span>
    </div>
  );
}

function toneOf(used: number | null): Tone {
  if (used === null) return "unknown";
  if (used > 1) return "crit";
  return used > 0.5 ? "warn" : "ok";
}
