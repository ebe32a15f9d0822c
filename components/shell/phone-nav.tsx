"use client";
import type { ReactNode } from "react";
import type { ShellEntry } from "#components/shell/entries.tsx";
import { NavLinks } from "#components/shell/nav-links.tsx";
import { Dialog } from "#components/ui/dialog.tsx";

interface PhoneNavProps {
  open: boolean;
  onClose: () => void;
  groups: readonly (readonly ShellEntry[])[];
  footer: ReactNode;
}

/** Navigation of narrow screens: a sheet from the left. */
export function PhoneNav({ open, onClose, groups, footer }: PhoneNavProps) {
  return (
    <Dialog open={open} onOpenChange={onClose} title="Plumbline" placement="left" size="sm">
      <NavLinks groups={groups} onNavigate={onClose} />
      <div className="mt-4 flex flex-col items-start gap-1 border-t border-line pt-3">{footer}</div>
    </Dialog>
  );
}
