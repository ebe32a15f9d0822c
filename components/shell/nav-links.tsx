"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ShellEntry } from "#components/shell/entries.tsx";
import { isCurrent } from "#components/shell/is-current.ts";

/** The places of the console, group by group. */
export function NavLinks({
  groups,
  onNavigate,
}: {
  groups: readonly (readonly ShellEntry[])[];
  onNavigate?: () => void;
}) {
  return (
    <nav aria-label="Main" className="flex flex-col gap-4">
      {groups.map((group) => (
        <ul key={group[0]!.id} className="flex flex-col gap-px">
          {group.map((entry) => (
            <li key={entry.id}>
              <NavLink entry={entry} onNavigate={onNavigate} />
            </li>
          ))}
        </ul>
      ))}
    </nav>
  );
}

function NavLink({ entry, onNavigate }: { entry: ShellEntry; onNavigate?: () => void }) {
  const current = isCurrent(entry.href, usePathname());
  return (
    <Link
      href={entry.href}
      onClick={onNavigate}
      aria-current={current ? "page" : undefined}
      title={entry.title}
      aria-keyshortcuts={`g ${entry.hotkey}`}
      className="group flex h-8 items-center gap-2.5 rounded-md px-2 text-sm font-medium text-muted hover:bg-hover hover:text-ink aria-[current=page]:bg-hover aria-[current=page]:text-ink aria-[current=page]:[&>svg]:text-accent max-md:h-10"
    >
      {entry.icon}
      <span data-nav-label="" className="truncate">
        {entry.title}
      </span>
    </Link>
  );
}
