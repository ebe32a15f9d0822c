import { formatInteger, plural } from "#components/data/format.ts";
import type { Service } from "#lib/signals/queues/schema.ts";
import { factor } from "./factor.ts";

/** Attempts per job of each service: what its retries make of its load on others. */
export function Services({ services }: { services: readonly Service[] }) {
  return (
    <section aria-label="Attempts per job by service">
      <ul className="flex flex-wrap gap-x-6 gap-y-1 text-sm">
        {services.map(({ service, queues, attempts, jobs, retries, amplification }) => (
          <li
            key={service}
            className="flex items-baseline gap-1.5"
            title={`${formatInteger(Math.round(attempts))} attempts for ${plural(Math.round(jobs), "job")} in ${plural(queues, "queue")}, ${formatInteger(Math.round(retries))} retries, over 15 minutes`}
          >
            <span className="text-muted">{service}</span>
            <span className="tabular font-medium">{factor(amplification)}</span>
            <span className="text-xs text-muted">
              {amplification === null
                ? `too few jobs (n=${Math.round(jobs)})`
                : "attempts per job, 15 min"}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
