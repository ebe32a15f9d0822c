/** One place of the console. `hotkey` is the letter after `g`. */
export interface ShellEntry {
  id: string;
  title: string;
  href: string;
  hotkey: string;
}

const OVERVIEW: ShellEntry = { id: "overview", title: "Overview", href: "/", hotkey: "o" };
const PLATFORM: readonly ShellEntry[] = [
  { id: "audit", title: "Audit", href: "/audit", hotkey: "a" },
  { id: "settings", title: "Settings", href: "/settings/sources", hotkey: "s" },
];

/** All places in order: the overview, the signals that exist, then the platform's own. */
export function shellEntries(signals: readonly ShellEntry[]): {
  signals: ShellEntry[];
  platform: readonly ShellEntry[];
} {
  return { signals: [OVERVIEW, ...signals], platform: PLATFORM };
}

/** Whether a page belongs to an entry: `/queues/emails` to Queues, `/settings/users` to Settings. */
export function isCurrent(entry: ShellEntry, pathname: string): boolean {
  const root = `/${entry.href.split("/")[1] ?? ""}`;
  return root === "/" ? pathname === "/" : pathname === root || pathname.startsWith(`${root}/`);
}
