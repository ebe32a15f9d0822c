/** The signals as the browser knows them: names and addresses only, so that the shell ships no server code. */
export interface NavEntry {
  id: string;
  title: string;
  href: string;
  /** Second key after `g`. */
  hotkey: string;
}

export const SIGNAL_NAV: readonly NavEntry[] = [
  { id: "queries", title: "Queries", href: "/queries", hotkey: "q" },
  { id: "caches", title: "Caches", href: "/caches", hotkey: "c" },
  { id: "queues", title: "Queues", href: "/queues", hotkey: "u" },
  { id: "deadletters", title: "Dead letters", href: "/dead-letters", hotkey: "d" },
];
