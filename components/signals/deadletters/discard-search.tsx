"use client";
import { useQuery } from "@tanstack/react-query";
import { Archive } from "lucide-react";
import { useState } from "react";
import { ActionDialog } from "#components/data/action-dialog.tsx";
import { useDenial } from "#components/data/actor.tsx";
import { formatInteger, plural } from "#components/data/format.ts";
import { ReasonedButton } from "#components/ui/reasoned-button.tsx";
import { lettersQuery } from "#lib/signals/deadletters/client.ts";
import { decided } from "./decided.tsx";

/** As many as one request lists, and so as many as can be named at once. */
const AT_ONCE = 200;

/** Discards what the search finds, a page at a time: exactly the letters that were counted, whatever arrives meanwhile. */
export function DiscardSearch({ q, total }: { q: string; total: number | null }) {
  const [open, setOpen] = useState(false);
  const denial = useDenial("deadletters.discard");
  const query = useQuery({
    ...lettersQuery({ q, limit: String(AT_ONCE) }),
    enabled: open,
    meta: { refresh: false },
  });
  const ids = (query.data?.data.rows ?? []).map((row) => row.id);
  const more = total !== null && total > ids.length;
  return (
    <>
      <ReasonedButton
        size="md"
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
        action="deadletters.discard"
        label={query.isPending ? "Discard" : `Discard ${formatInteger(ids.length)}`}
        title="Discard what the search finds"
        about={
          query.isPending ? (
            "Counting …"
          ) : (
            <>
              {more ? "The newest " : ""}
              {plural(ids.length, "letter")}
              {more ? ` of ${formatInteger(total)}` : ""} {ids.length === 1 ? "is" : "are"} taken
              out of what is open. The jobs stay where they are, everything known of them is kept,
              and each can be restored.
            </>
          )
        }
        input={{ ids }}
        renderResult={decided}
      />
    </>
  );
}
