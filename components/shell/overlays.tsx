"use client";
import dynamic from "next/dynamic";
import { useState, type ReactNode } from "react";
import type { ShellEntry } from "#components/shell/entries.tsx";

export type Overlay = "palette" | "help" | "nav";

// What few visits need comes when it is first opened; the palette brings Base UI's autocomplete (46 kB).
const CommandPalette = dynamic(
  async () => (await import("#components/shell/command-palette.tsx")).CommandPalette,
  { ssr: false },
);
const ShortcutsDialog = dynamic(
  async () => (await import("#components/shell/shortcuts-dialog.tsx")).ShortcutsDialog,
  { ssr: false },
);
const PhoneNav = dynamic(async () => (await import("#components/shell/phone-nav.tsx")).PhoneNav, {
  ssr: false,
});

interface OverlaysProps {
  open: Overlay | null;
  setOpen: (overlay: Overlay | null) => void;
  groups: readonly (readonly ShellEntry[])[];
  /** Below the navigation on a phone. */
  footer: ReactNode;
}

/** What opens above every page. Each stays mounted once it was used, so that it can close with its own manners. */
export function Overlays({ open, setOpen, groups, footer }: OverlaysProps) {
  const [used, setUsed] = useState<readonly Overlay[]>([]);
  if (open && !used.includes(open)) setUsed([...used, open]);
  const close = () => setOpen(null);
  const entries = groups.flat();
  return (
    <>
      {used.includes("nav") ? (
        <PhoneNav open={open === "nav"} onClose={close} groups={groups} footer={footer} />
      ) : null}
      {used.includes("help") ? (
        <ShortcutsDialog open={open === "help"} onOpenChange={close} entries={entries} />
      ) : null}
      {used.includes("palette") ? (
        <CommandPalette
          open={open === "palette"}
          onOpenChange={close}
          entries={entries}
          onHelp={() => setOpen("help")}
        />
      ) : null}
    </>
  );
}
