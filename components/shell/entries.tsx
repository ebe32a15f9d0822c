import type { ReactNode } from "react";
import { EntryIcon } from "#components/shell/entry-icon.tsx";

/** One place of the console. `hotkey` is the letter after `g`. */
export interface Place {
  id: string;
  title: string;
  href: string;
  hotkey: string;
}

/** A place with its icon, which the server renders: no icon set in the browser's scripts. */
export interface ShellEntry extends Place {
  icon: ReactNode;
}

const OVERVIEW: Place = { id: "overview", title: "Overview", href: "/", hotkey: "o" };
const PLATFORM: readonly Place[] = [
  { id: "audit", title: "Audit", href: "/audit", hotkey: "a" },
  { id: "settings", title: "Settings", href: "/settings/sources", hotkey: "s" },
];

/** The navigation: the overview and the signals that exist, then the platform's own. For the server. */
export function navGroups(signals: readonly Place[]): ShellEntry[][] {
  const groups = [[OVERVIEW, ...signals], PLATFORM];
  return groups.map((group) =>
    group.map((place) => ({ ...place, icon: <EntryIcon id={place.id} /> })),
  );
}
