"use client";
import { Menu as MenuIcon, PanelLeft, Search } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useState, type ReactNode } from "react";
import { ConnectionControl } from "#components/shell/connection.tsx";
import { shellEntries, type ShellEntry } from "#components/shell/entries.ts";
import { Logo } from "#components/shell/logo.tsx";
import { NavLinks } from "#components/shell/nav-links.tsx";
import { shellCommands } from "#components/shell/shell-commands.ts";
import { ShortcutsDialog } from "#components/shell/shortcuts-dialog.tsx";
import { signOut } from "#components/shell/sign-out.ts";
import { useShortcuts } from "#components/shell/use-shortcuts.ts";
import { UserMenu } from "#components/shell/user-menu.tsx";
import { getAppearance, setAppearance } from "#components/ui/appearance.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Kbd } from "#components/ui/kbd.tsx";

const CommandPalette = dynamic(
  async () => (await import("#components/shell/command-palette.tsx")).CommandPalette,
  { ssr: false },
);

interface ShellProps {
  /** From the registry's browser-safe list. */
  signals: readonly ShellEntry[];
  children: ReactNode;
}

/** The frame of every page: navigation, palette, shortcuts, connection. `<main>` is the screen's. */
export function ConsoleShell({ signals, children }: ShellProps) {
  const [open, setOpen] = useState<"palette" | "help" | "nav" | null>(null);
  const [paletteUsed, setPaletteUsed] = useState(false);
  const help = () => setOpen("help");
  const palette = () => {
    setPaletteUsed(true);
    setOpen("palette");
  };
  const groups = shellEntries(signals);
  useShortcuts({
    entries: [...groups.signals, ...groups.platform],
    openPalette: palette,
    openHelp: help,
  });
  const follow = (name: typeof open) => (next: boolean) => setOpen(next ? name : null);
  return (
    <div data-frame="" className="md:grid md:min-h-dvh">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-accent-fill focus:px-3 focus:py-1.5 focus:text-on-fill"
      >
        Skip to content
      </a>
      <aside
        data-shell=""
        className="sticky top-0 flex h-dvh flex-col gap-3 border-r border-line bg-sunken px-2 py-2.5 max-md:hidden"
      >
        <div className="flex items-center gap-1 px-1">
          <Brand />
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label="Collapse or expand navigation"
            data-nav-toggle=""
            className="ml-auto"
            onClick={toggleNav}
            icon={<PanelLeft className="size-4" />}
          />
        </div>
        <button
          type="button"
          onClick={palette}
          aria-label="Command palette"
          aria-keyshortcuts="Control+K Meta+K"
          className="flex h-8 items-center gap-2 rounded-md border border-line bg-surface px-2 text-sm text-muted hover:border-line-strong"
        >
          <Search aria-hidden="true" className="size-3.5 shrink-0" />
          <span data-nav-label="" className="flex flex-1 items-center justify-between">
            Search <Kbd keys="⌘ K" />
          </span>
        </button>
        <div className="min-h-0 flex-1 scroll-thin overflow-y-auto">
          <NavLinks signals={signals} />
        </div>
        <div className="flex flex-col items-start gap-0.5">
          <ConnectionControl />
          <UserMenu onHelp={help} onSignOut={signOut} />
        </div>
      </aside>
      <PhoneBar onNav={() => setOpen("nav")} onPalette={palette} />
      <main id="main" tabIndex={-1} className="min-w-0 p-3 outline-none sm:p-5">
        <div className="mx-auto w-full max-w-[100rem]">{children}</div>
      </main>
      <Dialog
        open={open === "nav"}
        onOpenChange={follow("nav")}
        title={<Brand />}
        placement="left"
        size="sm"
      >
        <NavLinks signals={signals} onNavigate={() => setOpen(null)} />
        <div className="mt-4 flex border-t border-line pt-3">
          <UserMenu onHelp={help} onSignOut={signOut} />
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

function Brand() {
  return (
    <Link
      href="/"
      aria-label="Plumbline, overview"
      className="flex min-w-0 items-center gap-2 rounded-sm px-1 text-base font-semibold tracking-tight"
    >
      <Logo />
      <span data-nav-label="">Plumbline</span>
    </Link>
  );
}

function PhoneBar({ onNav, onPalette }: { onNav: () => void; onPalette: () => void }) {
  return (
    <header
      data-shell=""
      className="sticky top-0 z-20 flex h-12 items-center gap-1 border-b border-line bg-canvas px-2 md:hidden"
    >
      <Button
        variant="ghost"
        size="icon"
        aria-label="Navigation"
        onClick={onNav}
        icon={<MenuIcon className="size-5" />}
      />
      <Brand />
      <Button
        variant="ghost"
        size="icon"
        aria-label="Command palette"
        className="ml-auto"
        onClick={onPalette}
        icon={<Search className="size-4.5" />}
      />
    </header>
  );
}

function toggleNav() {
  setAppearance({ nav: getAppearance().nav === "open" ? "icons" : "open" });
}
