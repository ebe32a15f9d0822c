"use client";
import { Menu, Search } from "lucide-react";
import { Brand } from "#components/shell/brand.tsx";
import { Button } from "#components/ui/button.tsx";

/** The top of narrow screens, in place of the sidebar. */
export function PhoneBar({ onNav, onPalette }: { onNav: () => void; onPalette: () => void }) {
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
        icon={<Menu className="size-5" />}
      />
      <Brand />
      <Button
        variant="ghost"
        size="icon"
        aria-label="Search and commands"
        className="ml-auto"
        onClick={onPalette}
        icon={<Search className="size-4.5" />}
      />
    </header>
  );
}
