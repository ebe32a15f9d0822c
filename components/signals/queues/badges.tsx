import { ageSeconds, formatAge, formatPercent } from "#components/data/format.ts";
import { useNow } from "#components/data/use-now.ts";
import { Badge } from "#components/ui/badge.tsx";
import { MIN_FAILURE_RATIO, MIN_FINISHED, type QueueRow } from "#lib/signals/queues/schema.ts";

/** What stands out about a queue, worst first; nothing when all is well. */
export function QueueBadges({ queue }: { queue: QueueRow }) {
  const { finished, version } = queue;
  const failing = isFailing(queue);
  return (
    <>
      {queue.stale ? <LastSeen at={queue.observedAt} /> : null}
      {queue.storm ? (
        <Badge tone="crit" title="Most attempts are repeats that fail with one error.">
          retry storm
        </Badge>
      ) : null}
      {queue.unattended ? (
        <Badge tone="crit" title="Jobs wait and no worker is connected to take them.">
          nobody consuming
        </Badge>
      ) : null}
      {failing ? (
        <Badge tone="crit" title="Share of the jobs that finished in the last 15 minutes.">
          {formatPercent(finished.failureRatio)} failing
        </Badge>
      ) : null}
      {isLate(queue) && !queue.unattended ? (
        <Badge tone="warn" title="The oldest job waits longer than this queue's objective.">
          late
        </Badge>
      ) : null}
      {queue.paused ? (
        <Badge tone="warn" title="Workers take no jobs until somebody resumes it.">
          paused
        </Badge>
      ) : null}
      {queue.flavour === "bull" ? (
        <Badge title={queue.readOnlyBecause ?? undefined}>Bull, read only</Badge>
      ) : version ? (
        <Badge
          title={queue.readOnlyBecause ?? `Last written by BullMQ ${version}.`}
          className={queue.readOnlyBecause ? undefined : "max-sm:hidden"}
        >
          v{version.split(".")[0]}
          {queue.readOnlyBecause ? ", read only" : ""}
        </Badge>
      ) : null}
    </>
  );
}

function LastSeen({ at }: { at: string }) {
  const now = useNow();
  return (
    <Badge tone="warn" title="The last collections did not read it: all of this may have changed.">
      {now ? `seen ${formatAge(ageSeconds(at, now))} ago` : "not seen lately"}
    </Badge>
  );
}

export const isLate = ({ oldestWaitingSeconds, objectiveSeconds, paused }: QueueRow): boolean =>
  !paused && oldestWaitingSeconds !== null && oldestWaitingSeconds.value > objectiveSeconds;

export const isFailing = ({ finished }: QueueRow): boolean =>
  finished.failureRatio !== null &&
  finished.failureRatio >= MIN_FAILURE_RATIO &&
  (finished.completed ?? 0) + (finished.failed ?? 0) >= MIN_FINISHED;
