"use client";
import { Pause, Play } from "lucide-react";
import { ConfirmAction } from "#components/data/confirm-action.tsx";
import { formatInteger, plural } from "#components/data/format.ts";
import type { QueueDetail } from "#lib/signals/queues/schema.ts";

/** Pause and resume: what is possible now. */
export function QueueActions({ queue }: { queue: QueueDetail }) {
  return (
    <>
      <PauseQueue queue={queue} />
      <ResumeQueue queue={queue} />
    </>
  );
}

export function PauseQueue({ queue }: { queue: QueueDetail }) {
  const { key, name, source, counts } = queue;
  return (
    <ConfirmAction
      hidden={queue.paused === true}
      input={{ queue: key }}
      source={source}
      disabledReason={queue.readOnlyBecause}
      action="queues.pause"
      label="Pause queue"
      icon={<Pause className="size-3.5" />}
      about={
        <>
          Workers finish the {counts.active === null ? "jobs" : plural(counts.active, "job")} they
          hold and take no more from <strong>{name}</strong>. New jobs wait; none is lost. Resume
          undoes it.
        </>
      }
    />
  );
}

/** Also while jobs are set aside of a queue that runs: somebody resumed it halfway, and no worker looks for them. */
function ResumeQueue({ queue }: { queue: QueueDetail }) {
  const { key, name, source, backlog, counts } = queue;
  const aside = counts.paused ?? 0;
  return (
    <ConfirmAction
      hidden={queue.paused !== true && aside === 0}
      input={{ queue: key }}
      source={source}
      disabledReason={queue.readOnlyBecause}
      action="queues.resume"
      label="Resume queue"
      icon={<Play className="size-3.5" />}
      about={
        <>
          Workers take jobs from <strong>{name}</strong> again:{" "}
          {backlog === null ? "an unknown number waits" : `${plural(backlog, "job")} wait`}.
          {aside > 0
            ? ` ${formatInteger(aside)} that an older BullMQ set aside come back first.`
            : ""}
        </>
      }
    />
  );
}
