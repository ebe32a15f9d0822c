"use client";
import { PanelLeft, Search } from "lucide-react";
import type { ReactNode } from "react";
import { Brand } from "#components/shell/brand.tsx";
import type { ShellEntry } from "#components/shell/entries.tsx";
import { NavLinks } from "#components/shell/nav-links.tsx";
import { useModKey } from "#components/shell/use-mod-key.ts";
import { getAppearance, setAppearance } from "#components/ui/appearance.ts";
import { Button } from "#components/ui/button.tsx";
import { Kbd } from "#components/ui/kbd.tsx";

/** Navigation of wide screens; collapses to its icons. `footer` is the connection and the person. */
export function Sidebar({
  groups,
  onPalette,
  footer,
}: {
  groups: readonly (readonly ShellEntry[])[];
  onPalette: () => void;
  footer: ReactNode;
}) {
  const modKey = useModKey();
  return (
    <aside
      data-shell=""
      aria-label="Sidebar"
      className="sticky top-0 flex h-dvh flex-col gap-3 border-r border-line bg-sunken px-2 py-2.5 max-md:hidden"
    >
      <div data-nav-head="" className="flex items-center gap-1 px-1">
        <Brand />
        <Button
          variant="ghost"
          size="icon-sm"
          aria-label="Collapse or expand navigation"
          className="ml-auto"
          onClick={toggleNav}
          icon={<PanelLeft className="size-4" />}
        />
      </div>
      <button
        type="button"
        onClick={onPalette}
        aria-label="Search and commands"
        aria-keyshortcuts="Control+K Meta+K"
        className="flex h-8 items-center gap-2 rounded-md border border-line bg-surface px-2 text-sm text-muted hover:border-line-strong"
      >
        <Search aria-hidden="true" className="size-3.5 shrink-0" />
        <span data-nav-label="" className="flex flex-1 items-center justify-between">
          Search <Kbd keys={`${modKey} K`} />
        </span>
      </button>
      <div className="min-h-0 flex-1 scroll-thin overflow-y-auto">
        <NavLinks groups={groups} />
      </div>
      <div className="flex flex-col items-start gap-0.5">{footer}</div>
    </aside>
  );
}

function toggleNav() {
  setAppearance({ nav: getAppearance().nav === "open" ? "icons" : "open" });
}
