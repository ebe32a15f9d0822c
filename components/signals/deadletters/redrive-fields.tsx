"use client";
import { useQuery } from "@tanstack/react-query";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { capturesQuery } from "#lib/signals/deadletters/client.ts";
import type { Selection } from "#lib/signals/deadletters/schema.ts";
import type { RedrivePlan } from "./redrive-plan.ts";

interface FieldsProps {
  plan: RedrivePlan;
  selection: Selection;
  onChange: (part: Partial<RedrivePlan>) => void;
}

/** The choices of a redrive. */
export function PlanFields({ plan, selection, onChange }: FieldsProps) {
  return (
    <>
      <Field label="Name" required hint="After the incident, so that others find it.">
        {(control) => (
          <Input
            {...control}
            value={plan.name}
            maxLength={120}
            onChange={(event) => onChange({ name: event.target.value })}
          />
        )}
      </Field>
      <div className="grid grid-cols-3 gap-3">
        <NumberField
          label="Per second"
          hint="in each queue"
          value={plan.rate}
          min={1}
          max={2_000}
          onChange={(rate) => onChange({ rate })}
        />
        <NumberField
          label="Canary"
          hint="first so many; 0 = none"
          value={plan.canary}
          min={0}
          max={100}
          onChange={(canary) => onChange({ canary })}
        />
        <NumberField
          label="Stop above"
          hint="% failing again"
          value={plan.stopPercent}
          min={0}
          max={100}
          onChange={(stopPercent) => onChange({ stopPercent })}
        />
      </div>
      <Target plan={plan} selection={selection} onChange={onChange} />
      <Checkbox
        label="Reset attempts: all of them again, with their backoff"
        checked={plan.resetAttempts}
        disabled={plan.target !== ""}
        onChange={(event) => onChange({ resetAttempts: event.target.checked })}
      />
    </>
  );
}

/** Another queue can only be of the same server. */
function Target({ plan, selection, onChange }: FieldsProps) {
  const query = useQuery(capturesQuery());
  const sources = new Set(selection.queues.map(({ queue }) => queue.sourceId));
  const keys = (query.data?.data.rows ?? [])
    .filter(({ queue }) => sources.size === 1 && sources.has(queue.sourceId))
    .map(({ queue }) => ({ value: queue.key, label: queue.key }))
    .toSorted((a, b) => a.label.localeCompare(b.label));
  return (
    <Field
      label="To"
      required
      hint={
        sources.size > 1
          ? "The letters are of several servers: each goes back into its own queue."
          : undefined
      }
    >
      {(control) => (
        <Select
          {...control}
          value={plan.target}
          options={[{ value: "", label: "each its own queue" }, ...keys]}
          onValueChange={(target) => onChange({ target, ...(target && { resetAttempts: false }) })}
        />
      )}
    </Field>
  );
}

function NumberField({
  label,
  hint,
  value,
  min,
  max,
  onChange,
}: {
  label: string;
  hint: string;
  value: number;
  min: number;
  max: number;
  onChange: (value: number) => void;
}) {
  return (
    <Field label={label} required hint={hint}>
      {(control) => (
        <Input
          {...control}
          type="number"
          inputMode="numeric"
          min={min}
          max={max}
          step={1}
          value={Number.isNaN(value) ? "" : value}
          onChange={(event) => onChange(event.target.valueAsNumber)}
        />
      )}
    </Field>
  );
}
