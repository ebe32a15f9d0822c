"use client";
import { useQuery } from "@tanstack/react-query";
import { BrushCleaning } from "lucide-react";
import { useState } from "react";
import { ConfirmAction } from "#components/data/confirm-action.tsx";
import { formatInteger, formatUtc, plural } from "#components/data/format.ts";
import { Field } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import { cleanPreviewQuery, type CleanPreview } from "#lib/signals/queues/client.ts";
import type { QueueDetail } from "#lib/signals/queues/schema.ts";
import { Looks, Preview, Removed } from "./danger-preview.tsx";

interface CleanProps {
  queue: QueueDetail;
  state: "completed" | "failed";
}

const AGES = [
  { value: "604800", label: "7 days" },
  { value: "86400", label: "1 day" },
  { value: "3600", label: "1 hour" },
  { value: "0", label: "any age: all of them" },
];

/** Deletes old completed or failed jobs, after a look at which those are. */
export function CleanQueue({ queue, state }: CleanProps) {
  return (
    <ConfirmAction
      action="queues.clean"
      label={`Clean ${state} jobs`}
      danger
      icon={<BrushCleaning className="size-3.5" />}
      source={queue.source}
      disabledReason={
        queue.readOnlyBecause ?? (queue.counts[state] === 0 ? `There are no ${state} jobs.` : null)
      }
      about={
        <>
          {state === "failed" ? "Failed" : "Completed"} jobs of <strong>{queue.name}</strong> that
          finished long enough ago are deleted from the queue with their payloads and logs.
          {state === "failed" ? " They cannot be retried any more." : ""} Nothing brings them back.
        </>
      }
      input={(fields: FormData) => ({
        queue: queue.key,
        state,
        before: Number(fields.get("before") ?? Number.NaN),
        expected: Number(fields.get("expected") ?? Number.NaN),
      })}
      renderResult={(result) => <Removed result={result} />}
    >
      <CleanFields queue={queue} state={state} />
    </ConfirmAction>
  );
}

function CleanFields({ queue, state }: CleanProps) {
  const [age, setAge] = useState(AGES[0]?.value ?? "0");
  const query = useQuery(cleanPreviewQuery(queue.source, queue.key, state, age));
  return (
    <div className="flex flex-col gap-2">
      <Field label="Older than" required>
        {(control) => <Select {...control} options={AGES} value={age} onValueChange={setAge} />}
      </Field>
      <Preview query={query}>{(found) => <Found found={found} state={state} />}</Preview>
    </div>
  );
}

function Found({ found, state }: { found: CleanPreview; state: string }) {
  const { before, count, total, oldest, sample, looked, staying } = found;
  return (
    <>
      <input type="hidden" name="before" value={before} />
      <input type="hidden" name="expected" value={count} />
      <p className="text-sm font-medium">
        {count === 0
          ? `None of the ${formatInteger(total)} ${state} jobs is that old.`
          : `${plural(count, `${state} job`)} of ${formatInteger(total)} will be removed.`}
      </p>
      {oldest ? (
        <p className="text-xs text-muted">
          They finished between {formatUtc(oldest)} and {formatUtc(new Date(before))}.
        </p>
      ) : null}
      <Looks sample={sample} looked={looked} staying={staying} />
    </>
  );
}
