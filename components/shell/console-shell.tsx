"use client";
import dynamic from "next/dynamic";
import { useState, type ReactNode } from "react";
import { ConnectionControl } from "#components/shell/connection.tsx";
import { shellEntries, type ShellEntry } from "#components/shell/entries.ts";
import { NavLinks } from "#components/shell/nav-links.tsx";
import { PhoneBar } from "#components/shell/phone-bar.tsx";
import { shellCommands } from "#components/shell/shell-commands.ts";
import { ShortcutsDialog } from "#components/shell/shortcuts-dialog.tsx";
import { Sidebar } from "#components/shell/sidebar.tsx";
import { signOut } from "#components/shell/sign-out.ts";
import { useLive } from "#components/shell/use-live.ts";
import { useShortcuts } from "#components/shell/use-shortcuts.ts";
import { UserMenu } from "#components/shell/user-menu.tsx";
import { Dialog } from "#components/ui/dialog.tsx";

// Base UI's autocomplete (46 kB) comes with the first ⌘K.
const CommandPalette = dynamic(
  async () => (await import("#components/shell/command-palette.tsx")).CommandPalette,
  { ssr: false },
);

/** The frame of every page: navigation, palette, shortcuts, connection. `signals` is the registry's browser-safe list. */
export function ConsoleShell({
  signals,
  children,
}: {
  signals: readonly ShellEntry[];
  children: ReactNode;
}) {
  const [open, setOpen] = useState<"palette" | "help" | "nav" | null>(null);
  const [paletteUsed, setPaletteUsed] = useState(false);
  const live = useLive();
  const help = () => setOpen("help");
  const palette = () => {
    setPaletteUsed(true);
    setOpen("palette");
  };
  const groups = shellEntries(signals);
  const entries = [...groups.signals, ...groups.platform];
  useShortcuts({ entries, openPalette: palette, openHelp: help });
  const follow = (name: typeof open) => (next: boolean) => setOpen(next ? name : null);
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
      <Sidebar signals={signals} onPalette={palette} footer={person} />
      <PhoneBar onNav={() => setOpen("nav")} onPalette={palette} />
      <main id="main" tabIndex={-1} className="min-w-0 p-3 outline-none sm:p-5">
        <div className="mx-auto w-full max-w-[100rem]">{children}</div>
      </main>
      <Dialog
        open={open === "nav"}
        onOpenChange={follow("nav")}
        title="Plumbline"
        placement="left"
        size="sm"
      >
        <NavLinks signals={signals} onNavigate={() => setOpen(null)} />
        <div className="mt-4 flex flex-col items-start gap-1 border-t border-line pt-3">
          {person}
        </div>
      </Dialog>
      {paletteUsed ? (
        <CommandPalette
          open={open === "palette"}
          onOpenChange={follow("palette")}
          commands={shellCommands(signals, { help, signOut })}
        />
      ) : null}
      <ShortcutsDialog open={open === "help"} onOpenChange={follow("help")} signals={signals} />
    </div>
  );
}
