"use client";
import { Bookmark } from "lucide-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ActionDialog } from "#components/data/action-dialog.tsx";
import { useDenial } from "#components/data/actor.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import type { MenuItem } from "#components/ui/menu-entry.tsx";
import { Menu } from "#components/ui/menu.tsx";
import { viewsQuery } from "#lib/signals/deadletters/client.ts";

/** Searches that somebody kept under a name: choose one, keep this one, or take the one in view away. */
export function SavedViews({ q, onChoose }: { q: string; onChoose: (q: string) => void }) {
  const [dialog, setDialog] = useState<"save" | "remove" | null>(null);
  const query = useQuery(viewsQuery());
  const views = query.data?.data.rows ?? [];
  const shown = views.find((view) => view.query === q.trim());
  const denied = {
    save: useDenial("deadletters.saveView"),
    remove: useDenial("deadletters.removeView"),
  };
  const items: MenuItem[] = [
    ...views.map((view, at): MenuItem => ({
      label: view.name,
      checked: view === shown,
      onSelect: () => onChoose(view.query),
      group: at === 0 ? "Saved for everybody" : undefined,
    })),
    {
      label: "Save this search …",
      onSelect: () => setDialog("save"),
      separatorBefore: views.length > 0,
      disabledReason:
        denied.save ??
        (q.trim() === ""
          ? "Search for something first."
          : shown
            ? `It is saved as “${shown.name}”.`
            : null),
    },
    ...(shown
      ? [
          {
            label: `Remove “${shown.name}” …`,
            onSelect: () => setDialog("remove"),
            disabledReason: denied.remove,
            tone: "crit" as const,
          },
        ]
      : []),
  ];
  const close = () => setDialog(null);
  return (
    <>
      <Menu
        label="Saved searches"
        variant="secondary"
        size="md"
        className="h-9"
        items={items}
        trigger={
          <>
            <Bookmark aria-hidden="true" className="size-3.5 text-muted" />
            <span className="max-w-40 truncate">{shown?.name ?? "Saved"}</span>
          </>
        }
      />
      <ActionDialog
        open={dialog === "save"}
        onOpenChange={close}
        action="deadletters.saveView"
        label="Save search"
        about={
          <>
            Everybody finds <code className="font-mono text-xs wrap-anywhere">{q}</code> under this
            name.
          </>
        }
        input={(fields: FormData) => ({ name: fields.get("name"), query: q.trim() })}
      >
        <Field label="Name" required>
          {(control) => <Input {...control} name="name" maxLength={80} />}
        </Field>
      </ActionDialog>
      <ActionDialog
        open={dialog === "remove"}
        onOpenChange={close}
        action="deadletters.removeView"
        label="Remove saved search"
        about={`“${shown?.name ?? ""}” is gone for everybody. Dead letters stay.`}
        input={{ id: shown?.id }}
        danger
      />
    </>
  );
}
