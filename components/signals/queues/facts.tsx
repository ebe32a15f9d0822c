import { Stat } from "#components/data/key-value.tsx";
import {
  formatCount,
  formatDuration,
  formatInteger,
  formatPercent,
  formatRate,
} from "#components/data/format.ts";
import type { QueueDetail } from "#lib/signals/queues/schema.ts";
import { isFailing, isLate } from "./badges.tsx";
import { Judged } from "./judged.tsx";
import { limiterWords } from "./limiter-words.ts";
import { WORKERS_UNKNOWN } from "./states.ts";

/** The queue at a glance; unknown figures are dashes with their reason. */
export function QueueFacts({ queue }: { queue: QueueDetail }) {
  const { finished, counts } = queue;
  const perMinute = finished.completedPerMinute;
  return (
    <div className="grid grid-cols-3 gap-x-4 gap-y-3 lg:grid-cols-5 2xl:grid-cols-9">
      <Stat label="Backlog" value={formatCount(queue.backlog)} hint="could run now" />
      <Stat
        label="Oldest waiting"
        value={
          <span className={isLate(queue) ? "text-warn" : undefined}>
            <Judged
              value={queue.oldestWaitingSeconds}
              format={(seconds) => formatDuration(seconds * 1_000)}
              unknown={queue.backlog === 0 ? "Nothing waits." : "Nothing tells since when."}
            />
          </span>
        }
        hint={`objective ${formatDuration(queue.objectiveSeconds * 1_000)}`}
      />
      <Stat
        label="Active"
        value={formatCount(counts.active)}
        hint={
          limiterWords(queue) ??
          (queue.globalConcurrency ? `limit ${queue.globalConcurrency}` : undefined)
        }
      />
      <Stat
        label="Retrying"
        value={<Judged value={queue.retrying} format={formatCount} />}
        hint="after a failure"
      />
      <Stat
        label="Scheduled"
        value={<Judged value={queue.scheduled} format={formatCount} />}
        hint="on purpose"
      />
      <Stat label="Failed" value={formatCount(counts.failed)} hint="out of attempts" />
      <Stat
        label="Done"
        value={`${finished.estimatedBecause ? "~" : ""}${formatRate(perMinute === null ? null : perMinute / 60)}`}
        hint={finished.estimatedBecause ?? FROM[finished.from ?? "none"]}
      />
      <Stat
        label="Failing"
        value={
          <span className={isFailing(queue) ? "text-crit" : undefined}>
            {formatPercent(finished.failureRatio)}
          </span>
        }
        hint={
          finished.failed === null
            ? "not observed yet"
            : `${formatInteger(finished.failed)} failed in 15 min`
        }
      />
      <Stat
        label="Workers"
        value={
          <span className={queue.unattended ? "text-crit" : undefined}>
            {formatInteger(queue.workers)}
          </span>
        }
        hint={
          queue.workers === null ? <span title={WORKERS_UNKNOWN}>cannot be told</span> : "connected"
        }
      />
    </div>
  );
}

const FROM = {
  worker_metrics: "by the workers",
  events: "from events",
  difference: "from the sizes",
  none: "not observed long enough",
};
