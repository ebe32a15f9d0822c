"use client";
import dynamic from "next/dynamic";
import { useState, type ReactNode } from "react";
import { ConnectionControl } from "#components/shell/connection.tsx";
import type { ShellEntry } from "#components/shell/entries.tsx";
import { NavLinks } from "#components/shell/nav-links.tsx";
import { PhoneBar } from "#components/shell/phone-bar.tsx";
import { Sidebar } from "#components/shell/sidebar.tsx";
import { signOut } from "#components/shell/sign-out.ts";
import { useLive } from "#components/shell/use-live.ts";
import { useShortcuts } from "#components/shell/use-shortcuts.ts";
import { UserMenu } from "#components/shell/user-menu.tsx";
import { Dialog } from "#components/ui/dialog.tsx";

// What few visits need comes when it is first opened; the palette brings Base UI's autocomplete (46 kB).
const CommandPalette = dynamic(
  async () => (await import("#components/shell/command-palette.tsx")).CommandPalette,
  { ssr: false },
);
const ShortcutsDialog = dynamic(
  async () => (await import("#components/shell/shortcuts-dialog.tsx")).ShortcutsDialog,
  { ssr: false },
);

type Overlay = "palette" | "help" | "nav";

/** The frame of every page: navigation, palette, shortcuts, connection. `groups` comes from `navGroups`. */
export function ConsoleShell({
  groups,
  children,
}: {
  groups: readonly (readonly ShellEntry[])[];
  children: ReactNode;
}) {
  const [open, setOpen] = useState<Overlay | null>(null);
  const [used, setUsed] = useState<readonly Overlay[]>([]);
  const live = useLive();
  const show = (overlay: Overlay) => {
    setUsed([...used, overlay]);
    setOpen(overlay);
  };
  const help = () => show("help");
  const palette = () => show("palette");
  const entries = groups.flat();
  useShortcuts({ entries, openPalette: palette, openHelp: help });
  const close = () => setOpen(null);
  const person = (
    <>
      <ConnectionControl live={live} />
      <UserMenu onHelp={help} onSignOut={signOut} />
    </>
  );
  return (
    <div data-frame="" className="md:grid md:min-h-dvh">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-accent-fill focus:px-3 focus:py-1.5 focus:text-on-fill"
      >
        Skip to content
      </a>
      <Sidebar groups={groups} onPalette={palette} footer={person} />
      <PhoneBar onNav={() => show("nav")} onPalette={palette} />
      <main id="main" tabIndex={-1} className="min-w-0 p-3 outline-none sm:p-5">
        <div className="mx-auto w-full max-w-[100rem]">{children}</div>
      </main>
      <Dialog
        open={open === "nav"}
        onOpenChange={close}
        title="Plumbline"
        placement="left"
        size="sm"
      >
        <NavLinks groups={groups} onNavigate={close} />
        <div className="mt-4 flex flex-col items-start gap-1 border-t border-line pt-3">
          {person}
        </div>
      </Dialog>
      {used.includes("palette") ? (
        <CommandPalette
          open={open === "palette"}
          onOpenChange={close}
          entries={entries}
          onHelp={help}
        />
      ) : null}
      {used.includes("help") ? (
        <ShortcutsDialog open={open === "help"} onOpenChange={close} entries={entries} />
      ) : null}
    </div>
  );
}
