"use client";
import { Archive, ArchiveRestore, ArrowRightLeft, RotateCw, Undo2 } from "lucide-react";
import { useQuery } from "@tanstack/react-query";
import { ConfirmAction } from "#components/data/confirm-action.tsx";
import { plural } from "#components/data/format.ts";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { Field } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import type { Run } from "#lib/actions/schema.ts";
import { capturesQuery, type LetterState } from "#lib/signals/deadletters/client.ts";
import type { LetterDetail } from "#lib/signals/deadletters/schema.ts";
import { decided } from "./decided.tsx";
import { poisonWords } from "./poison.ts";
import { notPossible } from "./possible.ts";
import { LETTER_STATES } from "./states.ts";

/** What can be done about this failure now; what cannot says why. */
export function LetterActions({ letter }: { letter: LetterDetail }) {
  const decision = { size: "md", input: { ids: [letter.id] }, renderResult: decided } as const;
  return (
    <div className="flex flex-wrap gap-2">
      <Retry letter={letter} />
      <Move letter={letter} />
      <ConfirmAction
        {...decision}
        action="deadletters.discard"
        label="Discard"
        icon={<Archive className="size-3.5" />}
        hidden={letter.state === "discarded"}
        disabledReason={notPossible("discard", letter)}
        about="It is taken out of what is open. The job stays where it is, everything known of it is kept, and it can be restored."
      />
      <ConfirmAction
        {...decision}
        action="deadletters.restore"
        label="Restore"
        icon={<ArchiveRestore className="size-3.5" />}
        hidden={letter.state !== "discarded" && letter.state !== "unknown"}
        disabledReason={notPossible("restore", letter)}
        about="It is dead again: open, and ready to be retried."
      />
    </div>
  );
}

function Retry({ letter }: { letter: LetterDetail }) {
  const { edit, maxAttempts } = letter;
  const all = maxAttempts === null ? "all its attempts" : plural(maxAttempts, "attempt");
  return (
    <ConfirmAction
      size="md"
      action="deadletters.retry"
      source={letter.queue.source}
      label="Retry"
      title={edit ? "Retry with the changed payload" : "Retry this job"}
      variant="primary"
      icon={<RotateCw className="size-3.5" />}
      disabledReason={notPossible("retry", letter)}
      about={
        <>
          Job <strong className="wrap-anywhere">{letter.job}</strong> goes back in line in{" "}
          <strong>{letter.queue.name}</strong>, with its priority and order
          {edit ? `, and with the payload that ${edit.by} changed` : ""}. If anybody else acted on
          it meanwhile, nothing happens. {poisonWords(letter)?.expect}
        </>
      }
      input={(fields: FormData) => ({
        id: letter.id,
        resetAttempts: fields.get("reset") === "on",
        ...(edit && { edit: edit.hash }),
      })}
      renderResult={settled}
    >
      <Checkbox
        name="reset"
        label={`Reset attempts: ${all} again, with their backoff. Otherwise it gets one more.`}
      />
    </ConfirmAction>
  );
}

function Move({ letter }: { letter: LetterDetail }) {
  const query = useQuery(capturesQuery());
  const { queue, edit } = letter;
  const targets = (query.data?.data.rows ?? [])
    .filter((row) => row.queue.sourceId === queue.sourceId)
    .map((row) => ({
      value: row.queue.key,
      label: row.queue.key === queue.key ? `${row.queue.key} (its own)` : row.queue.key,
    }))
    .toSorted((a, b) => a.label.localeCompare(b.label));
  return (
    <ConfirmAction
      size="md"
      action="deadletters.move"
      source={queue.source}
      label="Move"
      title={edit ? "Move with the changed payload" : "Move to another queue"}
      icon={<ArrowRightLeft className="size-3.5" />}
      disabledReason={notPossible("move", letter)}
      about={
        <>
          A copy of job <strong className="wrap-anywhere">{letter.job}</strong> is added to the
          queue you choose, under an id that can exist only once, and the failed one is taken out of{" "}
          <strong>{queue.name}</strong>. The copy starts with all its attempts
          {edit ? `, and with the payload that ${edit.by} changed` : ""}. If anybody else acted on
          the job or its payload meanwhile, nothing happens.
        </>
      }
      input={(fields: FormData) => ({
        id: letter.id,
        target: fields.get("target"),
        ...(edit && { edit: edit.hash }),
      })}
      renderResult={settled}
    >
      <Field label="To queue" required hint={`Queues of ${queue.source}.`}>
        {(control) => (
          <Select {...control} name="target" options={targets} defaultValue={queue.key} />
        )}
      </Field>
    </ConfirmAction>
  );
}

/** Throws the changed payload away. */
export function TakeChangeBack({ letter }: { letter: LetterDetail }) {
  return (
    <ConfirmAction
      action="deadletters.revert"
      label="Take the change back"
      icon={<Undo2 className="size-3.5" />}
      hidden={letter.edit === null}
      disabledReason={notPossible("retry", letter)}
      about="A retry uses the original payload again. The change is gone."
      input={{ id: letter.id }}
    />
  );
}

const RESULTS: Partial<Record<LetterState, string>> = {
  retried: "The job is back in line. What becomes of it shows up here.",
  moved: "The copy is in the queue.",
};

/** What was found when it was tried: another state is an answer, not an error. */
function settled(result: Run["result"]) {
  const { state } = result as { state: LetterState };
  return <p>{RESULTS[state] ?? `Nothing was done. ${LETTER_STATES[state].about}`}</p>;
}
