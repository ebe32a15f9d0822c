"use client";
import type { Place } from "#components/shell/entries.tsx";
import { useModKey } from "#components/shell/use-mod-key.ts";
import { setAppearance, useAppearance } from "#components/ui/appearance.ts";
import { Dialog } from "#components/ui/dialog.tsx";
import { Kbd } from "#components/ui/kbd.tsx";
import { Switch } from "#components/ui/switch.tsx";

const everywhere: readonly [keys: string, what: string][] = [
  ["mod K", "Command palette"],
  ["/", "Search this list"],
  ["?", "This list"],
  ["j", "Next row"],
  ["k", "Previous row"],
  ["Enter", "Open the row"],
  ["x", "Select the row; with Shift a range"],
  ["Esc", "Close, or leave a field"],
];

/** All keys, and the switch that turns single-letter ones off. */
export function ShortcutsDialog({
  open,
  onOpenChange,
  entries,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  entries: readonly Place[];
}) {
  const { shortcuts } = useAppearance();
  const modKey = useModKey();
  const places = entries.map((entry) => [`g ${entry.hotkey}`, entry.title] as const);
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keyboard shortcuts" size="lg">
      <div className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
        <Keys
          title="Everywhere"
          keys={everywhere.map(([key, what]) => [key.replace("mod", modKey), what] as const)}
        />
        <Keys title="Go to" keys={places} />
      </div>
      <div className="mt-4 border-t border-line pt-3">
        <Switch
          label="Single-letter shortcuts"
          checked={shortcuts === "on"}
          onCheckedChange={(on) => setAppearance({ shortcuts: on ? "on" : "off" })}
        />
      </div>
    </Dialog>
  );
}

function Keys({ title, keys }: { title: string; keys: readonly (readonly [string, string])[] }) {
  return (
    <section>
      <h3 className="mb-1 text-xs font-medium text-muted">{title}</h3>
      <dl className="flex flex-col">
        {keys.map(([key, what]) => (
          <div key={key} className="flex min-h-7 items-center justify-between gap-4">
            <dt className="order-2 shrink-0">
              <Kbd keys={key} />
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
