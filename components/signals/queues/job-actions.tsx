"use client";
import { Eye, FastForward, RotateCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { ActionDialog } from "#components/data/action-dialog.tsx";
import { useDenial } from "#components/data/actor.tsx";
import { ConfirmAction } from "#components/data/confirm-action.tsx";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { ReasonedButton } from "#components/ui/reasoned-button.tsx";
import type { LiveJob } from "#lib/signals/queues/client.ts";
import type { QueueDetail } from "#lib/signals/queues/schema.ts";
import { whatRetryDoes } from "./child-retry.ts";
import { STATES } from "./states.ts";

interface JobActionsProps {
  queue: QueueDetail;
  job: LiveJob;
}

/** What can be done to this job now; what cannot says why. */
export function JobActions({ queue, job }: JobActionsProps) {
  const common = { source: queue.source, input: { queue: queue.key, job: job.id } };
  const id = <strong className="wrap-anywhere">{job.id}</strong>;
  return (
    <div className="flex flex-wrap gap-2">
      <ConfirmAction
        {...common}
        input={(fields: FormData) => ({
          ...common.input,
          attemptsMade: job.attemptsMade,
          resetAttempts: fields.has("resetAttempts"),
        })}
        action="queues.retry"
        label="Retry job"
        variant="primary"
        icon={<RotateCw className="size-3.5" />}
        disabledReason={queue.noRetryBecause ?? onlyIn(job, "failed")}
        about={
          <>
            Job {id} goes back in line, with its priority and order, for one more attempt
            {queue.paused ? ", once the queue is resumed" : ""}. If it was retried or failed again
            meanwhile, nothing happens.
            {job.parent ? <span className="mt-1 block">{whatRetryDoes(job.parent)}</span> : null}
          </>
        }
      >
        {job.maxAttempts > 1 ? (
          <Checkbox
            name="resetAttempts"
            label={`Reset attempts: all ${job.maxAttempts} again, with their pauses`}
          />
        ) : null}
      </ConfirmAction>
      <ConfirmAction
        {...common}
        action="queues.promote"
        label="Promote job"
        icon={<FastForward className="size-3.5" />}
        disabledReason={queue.readOnlyBecause ?? onlyIn(job, "delayed")}
        about={<>Job {id} runs now instead of when it is due.</>}
      />
      <ConfirmAction
        {...common}
        action="queues.remove"
        label="Remove job"
        danger
        icon={<Trash2 className="size-3.5" />}
        disabledReason={queue.readOnlyBecause ?? removable(job)}
        about={
          <>
            Job {id} is deleted with its payload, errors and logs. Nothing brings it back. Jobs of
            its flow stay.
          </>
        }
      />
    </div>
  );
}

/** Lifts the mask for one person and five minutes; the reason is kept. */
export function RevealPayload({ queue, job }: JobActionsProps) {
  const [open, setOpen] = useState(false);
  const denial = useDenial("queues.reveal");
  const show = { action: "queues.reveal", label: "Show values" };
  return (
    <>
      {job.revealed ? (
        <span className="text-xs text-warn">shown to you for five minutes</span>
      ) : (
        <ReasonedButton
          size="sm"
          icon={<Eye className="size-3.5" />}
          disabledReason={denial}
          aria-haspopup="dialog"
          onClick={() => setOpen(true)}
        >
          {show.label}
        </ReasonedButton>
      )}
      {/* Stays when the page is quicker than the outcome. */}
      <ActionDialog
        {...show}
        open={open}
        onOpenChange={setOpen}
        input={{ source: queue.source, queue: queue.key, job: job.id }}
        about="For five minutes you see this job's payload, result, errors and logs as they are stored. They may hold personal data."
      />
    </>
  );
}

function onlyIn(job: LiveJob, state: "failed" | "delayed"): string | null {
  if (job.state === state) return null;
  const now = job.state ? `This one is ${STATES[job.state].label.toLowerCase()}.` : "";
  return `Only ${state} jobs can be ${state === "failed" ? "retried" : "promoted"}. ${now}`;
}

function removable(job: LiveJob): string | null {
  if (job.state === "active") return "A worker is running it.";
  if (job.state === null) return "Its state could not be found.";
  if ((job.children?.pending ?? 0) > 0) return "It still waits for jobs of its flow.";
  return null;
}
