"use client";
import { Pause, Play, Zap } from "lucide-react";
import { ConfirmAction } from "#components/data/confirm-action.tsx";
import { formatUtc } from "#components/data/format.ts";
import type { SchedulerRow } from "#lib/signals/queues/client.ts";
import type { QueueDetail } from "#lib/signals/queues/schema.ts";

/** Run now and pause; or resume. */
export function SchedulerActions({ queue, row }: { queue: QueueDetail; row: SchedulerRow }) {
  const common = {
    source: queue.source,
    input: { queue: queue.key, scheduler: row.id },
    disabledReason: row.readOnlyBecause,
  };
  const name = <strong className="wrap-anywhere">{row.id}</strong>;
  const paused = row.pausedAt !== null;
  return (
    <span className="inline-flex flex-wrap gap-1.5">
      <ConfirmAction
        {...common}
        hidden={paused}
        action="queues.runScheduler"
        label="Run now"
        icon={<Zap className="size-3.5" />}
        about={
          <>
            One job more goes in line, with the name, payload and options of {name}. The schedule
            itself stays as it is{row.next ? `: next at ${formatUtc(row.next)}` : ""}.
          </>
        }
      />
      <ConfirmAction
        {...common}
        hidden={paused}
        action="queues.pauseScheduler"
        label="Pause scheduler"
        icon={<Pause className="size-3.5" />}
        about={
          <>
            BullMQ has no pause for schedulers: Plumbline moves the definition of {name} aside,
            beside the queue, and takes its next run back. A run that waits or runs already goes on.
            Resume puts both back. If the application defines it again, as many do when they start,
            it runs again from then on.
          </>
        }
      />
      <ConfirmAction
        {...common}
        hidden={!paused}
        action="queues.resumeScheduler"
        label="Resume scheduler"
        icon={<Play className="size-3.5" />}
        about={
          <>
            {name} goes on as it was, with its next run at its own time. Runs that it missed are not
            made up for.
          </>
        }
      />
    </span>
  );
}
