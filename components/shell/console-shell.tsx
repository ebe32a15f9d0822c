"use client";
import { useState, type ReactNode } from "react";
import { ConnectionControl } from "#components/shell/connection.tsx";
import type { ShellEntry } from "#components/shell/entries.tsx";
import { Overlays, type Overlay } from "#components/shell/overlays.tsx";
import { PhoneBar } from "#components/shell/phone-bar.tsx";
import { Sidebar } from "#components/shell/sidebar.tsx";
import { signOut } from "#components/shell/sign-out.ts";
import { useLive } from "#components/shell/use-live.ts";
import { useShortcuts } from "#components/shell/use-shortcuts.ts";
import { UserMenu } from "#components/shell/user-menu.tsx";

interface ShellProps {
  /** From `navGroups`. */
  groups: readonly (readonly ShellEntry[])[];
  children: ReactNode;
}

/** The frame of every page: navigation, palette, shortcuts, connection. */
export function ConsoleShell({ groups, children }: ShellProps) {
  const [open, setOpen] = useState<Overlay | null>(null);
  const live = useLive();
  const help = () => setOpen("help");
  const palette = () => setOpen(open === "palette" ? null : "palette");
  useShortcuts({ entries: groups.flat(), openPalette: palette, openHelp: help });
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
      <PhoneBar onNav={() => setOpen("nav")} onPalette={palette} />
      <main id="main" tabIndex={-1} className="min-w-0 p-3 outline-none sm:p-5">
        <div className="mx-auto w-full max-w-[100rem]">{children}</div>
      </main>
      <Overlays open={open} setOpen={setOpen} groups={groups} footer={person} />
    </div>
  );
}
