"use client";
import { Pencil } from "lucide-react";
import { useState } from "react";
import { ActionDialog } from "#components/data/action-dialog.tsx";
import { useDenial } from "#components/data/actor.tsx";
import { DiffView } from "#components/data/diff-view.tsx";
import { formatInteger } from "#components/data/format.ts";
import { jsonMistake } from "#components/data/json-mistake.ts";
import { compactJson, prettyJson } from "#components/data/raw-json.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Textarea } from "#components/ui/input.tsx";
import { ReasonedButton } from "#components/ui/reasoned-button.tsx";
import { type LetterDetail, MAX_EDIT } from "#lib/signals/deadletters/schema.ts";
import { notPossible } from "./possible.ts";

/** First the text is changed, then what changed is looked at and saved with a reason. The retry is a step of its own. */
export function EditPayload({ letter }: { letter: LetterDetail }) {
  const [step, setStep] = useState<"edit" | "save" | null>(null);
  const [draft, setDraft] = useState("");
  const denial = useDenial("deadletters.edit");
  const original = letter.payload.text ?? "";
  const start = () => {
    setDraft(prettyJson(letter.edit?.payload.text ?? original));
    setStep("edit");
  };
  return (
    <>
      <ReasonedButton
        size="sm"
        icon={<Pencil className="size-3.5" />}
        disabledReason={denial ?? notPossible("edit", letter)}
        aria-haspopup="dialog"
        onClick={start}
      >
        Edit
      </ReasonedButton>
      <Editor
        open={step === "edit"}
        draft={draft}
        original={original}
        onChange={setDraft}
        onClose={() => setStep(null)}
        onReview={() => setStep("save")}
      />
      <ActionDialog
        open={step === "save"}
        onOpenChange={() => setStep(null)}
        width="lg"
        action="deadletters.edit"
        label="Save changed payload"
        about="The original is kept, and nothing happens to the job yet: the next retry of this letter uses the change."
        input={{ id: letter.id, data: compactJson(draft), from: letter.payloadHash }}
        renderResult={saved}
      >
        <DiffView
          before={prettyJson(original)}
          after={prettyJson(draft)}
          label="What you changed"
        />
        <Button size="sm" className="self-start" onClick={() => setStep("edit")}>
          Back to editing
        </Button>
      </ActionDialog>
    </>
  );
}

const saved = () => <p>Saved. Retry the letter to use it.</p>;

interface EditorProps {
  open: boolean;
  draft: string;
  original: string;
  onChange: (draft: string) => void;
  onClose: () => void;
  onReview: () => void;
}

function Editor({ open, draft, original, onChange, onClose, onReview }: EditorProps) {
  // What was no JSON before may stay none.
  const mustBeJson = jsonMistake(original) === null;
  const mistake = mustBeJson ? jsonMistake(draft) : null;
  const reason = mistake ? "It is not JSON yet." : noChange(compactJson(draft), original);
  return (
    <Dialog
      open={open}
      onOpenChange={onClose}
      title="Edit payload"
      size="lg"
      description={`Text, not values: numbers keep every digit you see. Only the layout is changed for reading; it is saved without it, and may then have ${formatInteger(MAX_EDIT)} characters.`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <ReasonedButton variant="primary" onClick={onReview} disabledReason={reason}>
            Review change
          </ReasonedButton>
        </>
      }
    >
      <Field
        label="Payload"
        required
        hideLabel
        error={
          mistake ? `Line ${mistake.line}, column ${mistake.column}: ${mistake.message}.` : null
        }
      >
        {(control) => (
          <Textarea
            {...control}
            value={draft}
            onChange={(event) => onChange(event.target.value)}
            spellCheck={false}
            data-autofocus=""
            className="max-h-[55vh] min-h-48 font-mono text-sm sm:text-xs"
          />
        )}
      </Field>
    </Dialog>
  );
}

/** Why this text cannot be saved in place of the original; null when it can. */
function noChange(text: string, original: string): string | null {
  if (text === compactJson(original)) return "Nothing is changed yet.";
  if (text.length <= MAX_EDIT) return null;
  return `It has ${formatInteger(text.length)} characters, more than ${formatInteger(MAX_EDIT)}.`;
}
