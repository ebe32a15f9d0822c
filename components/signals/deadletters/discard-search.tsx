"use client";
import { Archive } from "lucide-react";
import { useState } from "react";
import { ActionDialog } from "#components/data/action-dialog.tsx";
import { useDenial } from "#components/data/actor.tsx";
import { formatInteger, plural } from "#components/data/format.ts";
import { ReasonedButton } from "#components/ui/reasoned-button.tsx";
import type { Selection } from "#lib/signals/deadletters/schema.ts";
import { decided } from "./decided.tsx";
import { useDryRun } from "./use-dry-run.ts";

const ACTION = "deadletters.discardFound";

/** Discards what the search finds: exactly the letters that the dry run counted, whatever arrives meanwhile. */
export function DiscardSearch({ q, total }: { q: string; total: number | null }) {
  const [open, setOpen] = useState(false);
  const denial = useDenial(ACTION);
  const { selection, error } = useDryRun(q, open);
  return (
    <>
      <ReasonedButton
        icon={<Archive className="size-3.5" />}
        disabledReason={denial ?? (total === 0 ? "Nothing matches the search." : null)}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        Discard …
      </ReasonedButton>
      <ActionDialog
        open={open}
        onOpenChange={setOpen}
        action={ACTION}
        label={selection ? `Discard ${formatInteger(selection.total)}` : "Discard"}
        title="Discard what the search finds"
        about={<About selection={selection} failed={error !== null} />}
        input={{ q: selection?.query, upTo: selection?.upTo, expected: selection?.total }}
        renderResult={decided}
      />
    </>
  );
}

function About({ selection, failed }: { selection: Selection | undefined; failed: boolean }) {
  if (!selection)
    return failed ? "They could not be counted. Close this and try again." : "Counting …";
  const { total, queues, groups, note } = selection;
  return (
    <>
      {plural(total, "dead letter")} with {plural(groups.length, "cause")} in{" "}
      {plural(queues.length, "queue")} {total === 1 ? "is" : "are"} taken out of what is open. The
      jobs stay where they are, everything known of them is kept, and each can be restored. {note}
    </>
  );
}
