"use client";
import { useQuery } from "@tanstack/react-query";
import { Archive } from "lucide-react";
import { useState } from "react";
import { ActionDialog } from "#components/data/action-dialog.tsx";
import { useDenial } from "#components/data/actor.tsx";
import { formatInteger, plural } from "#components/data/format.ts";
import { ReasonedButton } from "#components/ui/reasoned-button.tsx";
import { selectionQuery } from "#lib/signals/deadletters/client.ts";
import { decided } from "./decided.tsx";

/** More than this would not end within one transaction's time. */
const MOST = 50_000;

/** Discards what the search finds: exactly the letters that the dry run counted, whatever arrives meanwhile. */
export function DiscardSearch({ q, total }: { q: string; total: number | null }) {
  const [open, setOpen] = useState(false);
  const denial = useDenial("deadletters.discardFound");
  const query = useQuery({ ...selectionQuery(q), enabled: open, meta: { refresh: false } });
  const found = query.data?.data;
  const tooMany = found !== undefined && found.total > MOST;
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
        action="deadletters.discardFound"
        label={found ? `Discard ${formatInteger(found.total)}` : "Discard"}
        title="Discard what the search finds"
        about={
          !found ? (
            "Counting …"
          ) : tooMany ? (
            `${formatInteger(found.total)} letters are more than ${formatInteger(MOST)}: narrow the search first.`
          ) : (
            <>
              {plural(found.total, "dead letter")} {found.total === 1 ? "is" : "are"} taken out of
              what is open. The jobs stay where they are, everything known of them is kept, and each
              can be restored.
            </>
          )
        }
        input={{ q, upTo: found?.upTo, expected: found?.total }}
        renderResult={decided}
      />
    </>
  );
}
