"use client";
import { Ban, Gauge, Pause, Play } from "lucide-react";
import { ConfirmAction } from "#components/data/confirm-action.tsx";
import { formatInteger, plural } from "#components/data/format.ts";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import type { Redrive } from "#lib/signals/deadletters/client.ts";
import { sentOf } from "./redrive-parts.ts";
import { isActive, REDRIVE_STATES } from "./states.ts";

/** The brakes. Each works within a second, whatever the rate. */
export function RedriveActions({ redrive }: { redrive: Redrive }) {
  const { id, state, rate } = redrive;
  const ended = isActive(state)
    ? null
    : `It has ended: ${REDRIVE_STATES[state].label.toLowerCase()}.`;
  const common = { size: "md", input: { id }, disabledReason: ended } as const;
  const left = redrive.total - sentOf(redrive);
  return (
    <>
      <ConfirmAction
        {...common}
        action="redrives.resume"
        label="Resume"
        hidden={state !== "paused" && state !== "held"}
        variant="primary"
        icon={<Play className="size-3.5" />}
        about={`${state === "held" ? "It goes on although what held it may still be so: " : ""}${plural(left, "letter")} are left to send, at ${formatInteger(rate)} per second.`}
      />
      <ConfirmAction
        {...common}
        action="redrives.pause"
        label="Pause"
        hidden={state === "paused"}
        icon={<Pause className="size-3.5" />}
        about={`Nothing more is sent until somebody resumes it: ${plural(left, "letter")} wait. What was sent runs on.`}
      />
      <ConfirmAction
        {...common}
        action="redrives.setRate"
        label="Change rate"
        icon={<Gauge className="size-3.5" />}
        about="It takes effect at once."
        input={(fields: FormData) => ({ id, rate: Number(fields.get("rate")) })}
      >
        <Field label="Letters per second" required>
          {(control) => (
            <Input
              {...control}
              name="rate"
              type="number"
              inputMode="numeric"
              min={1}
              max={2_000}
              defaultValue={rate}
            />
          )}
        </Field>
      </ConfirmAction>
      <ConfirmAction
        {...common}
        action="redrives.cancel"
        label="Cancel redrive"
        danger
        icon={<Ban className="size-3.5" />}
        about={`${plural(left, "letter")} stay dead and can be redriven anew. What was sent runs on; nothing takes it back.`}
      />
    </>
  );
}
