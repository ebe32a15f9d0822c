"use client";
import { Eye } from "lucide-react";
import { useState } from "react";
import { ConfirmAction } from "#components/data/confirm-action.tsx";
import { DiffView } from "#components/data/diff-view.tsx";
import { formatUtc } from "#components/data/format.ts";
import { Panel } from "#components/data/panel.tsx";
import { PayloadView } from "#components/data/payload-view.tsx";
import { prettyJson } from "#components/data/raw-json.ts";
import { Segmented } from "#components/ui/segmented.tsx";
import type { LetterDetail } from "#lib/signals/deadletters/schema.ts";
import { EditPayload } from "./edit-payload.tsx";
import { TakeChangeBack } from "./letter-actions.tsx";

/** What the job was given, as this person may see it; a change that waits for a retry stands beside the original. */
export function LetterPayload({ letter }: { letter: LetterDetail }) {
  return (
    <Panel
      title="Payload"
      actions={
        <>
          <Reveal letter={letter} />
          <TakeChangeBack letter={letter} />
          <EditPayload letter={letter} />
        </>
      }
    >
      {letter.edit ? (
        <Changed letter={letter} edit={letter.edit} />
      ) : (
        <PayloadView payload={letter.payload} label="Payload" />
      )}
    </Panel>
  );
}

type Side = "diff" | "new" | "old";

function Changed({
  letter,
  edit,
}: {
  letter: LetterDetail;
  edit: NonNullable<LetterDetail["edit"]>;
}) {
  const [side, setSide] = useState<Side>("diff");
  const { payload } = letter;
  return (
    <div className="flex flex-col gap-2">
      <p className="text-sm">
        <strong>{edit.by}</strong> changed it ({formatUtc(edit.at)}). A retry or a move uses the
        change; the original is kept.
      </p>
      <Segmented
        label="Which payload"
        value={side}
        options={[
          { value: "diff", label: "Difference" },
          { value: "new", label: "Changed" },
          { value: "old", label: "Original" },
        ]}
        onValueChange={setSide}
      />
      {side === "diff" ? (
        <DiffView
          before={prettyJson(payload.text ?? "")}
          after={prettyJson(edit.payload.text ?? "")}
          label="Difference between the original and the changed payload"
        />
      ) : (
        <PayloadView
          payload={side === "new" ? edit.payload : payload}
          label={side === "new" ? "Changed payload" : "Original payload"}
        />
      )}
    </div>
  );
}

/** Lifts the mask for one person and five minutes; the reason is kept. */
function Reveal({ letter }: { letter: LetterDetail }) {
  return (
    <>
      {letter.revealed ? (
        <span className="text-xs text-warn">shown to you for five minutes</span>
      ) : null}
      <ConfirmAction
        action="deadletters.reveal"
        label="Show values"
        icon={<Eye className="size-3.5" />}
        hidden={letter.revealed}
        input={{ id: letter.id }}
        about="For five minutes you see this letter's payload, options, errors and stacks as they are stored. They may hold personal data."
      />
    </>
  );
}
