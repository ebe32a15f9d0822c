"use client";
import { Waves } from "lucide-react";
import { ConfirmAction } from "#components/data/confirm-action.tsx";
import { formatCount, formatDuration, plural } from "#components/data/format.ts";
import { Field } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import type { Wave } from "#lib/signals/queues/client.ts";
import type { QueueDetail } from "#lib/signals/queues/schema.ts";

const OVER = [
  { value: "900", label: "15 minutes" },
  { value: "300", label: "5 minutes" },
  { value: "1800", label: "30 minutes" },
  { value: "3600", label: "1 hour" },
  { value: "10800", label: "3 hours" },
];

/** Gives retries that would all run at once random times: full jitter, after the fact. */
export function SpreadWave({ queue, wave }: { queue: QueueDetail; wave: Wave }) {
  const { peak, estimated } = wave;
  return (
    <ConfirmAction
      action="queues.spread"
      label="Spread this wave"
      icon={<Waves className="size-3.5" />}
      source={queue.source}
      disabledReason={queue.readOnlyBecause ?? (peak ? null : "No retry is due in this time.")}
      about={
        <>
          Jobs of <strong>{queue.name}</strong> that wait for their next attempt get random times
          over the stretch you choose, from the start of the wave on and never before now. Scheduled
          jobs, and what fails from now on, stay where they are. Old times are not kept.
        </>
      }
      input={(fields: FormData) => ({
        queue: queue.key,
        ...stretchOf(wave, String(fields.get("wave"))),
        seenAt: wave.seenAt,
        over: Number(fields.get("over")),
      })}
      renderResult={(result) => <Moved result={result} />}
    >
      <Field label="Which jobs" required>
        {(control) => (
          <Select
            {...control}
            name="wave"
            options={[
              {
                value: "peak",
                label: `The peak: ${estimated ? "~" : ""}${formatCount(peak?.retrying)} retries`,
              },
              {
                value: "all",
                label: `All retries due within ${formatDuration(wave.windowSeconds * 1_000)}`,
              },
            ]}
          />
        )}
      </Field>
      <Field label="Spread over" required>
        {(control) => <Select {...control} name="over" options={OVER} />}
      </Field>
    </ConfirmAction>
  );
}

function stretchOf({ peak, seenAt, windowSeconds }: Wave, which: string) {
  if (which === "peak" && peak) return { from: Date.parse(peak.from), to: Date.parse(peak.to) };
  return { from: seenAt, to: seenAt + windowSeconds * 1_000 };
}

function Moved({ result }: { result: unknown }) {
  const { spread = 0 } = (result ?? {}) as { spread?: number };
  return <p>{plural(spread, "job")} got a new time.</p>;
}
