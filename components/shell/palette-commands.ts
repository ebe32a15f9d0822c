/** One line of the command palette. */
export interface PaletteCommand {
  id: string;
  label: string;
  group: string;
  /** Also found by these words. */
  keywords?: string;
  /** Keys that do the same. */
  keys?: string;
  href?: string;
  run?: () => void;
}

/** Looks something up on the server, for example statements by text. Must honour `signal`. */
export interface PaletteSearch {
  id: string;
  search: (query: string, signal: AbortSignal) => Promise<PaletteCommand[]>;
}

const searches = new Map<string, PaletteSearch>();

/** Adds a search to the palette; returns its removal. A signal registers its own once, for example from its screen's module. */
export function addPaletteSearch(search: PaletteSearch): () => void {
  searches.set(search.id, search);
  return () => void searches.delete(search.id);
}

export function paletteSearches(): PaletteSearch[] {
  return [...searches.values()];
}

/** Whether every word of the query is found in the command; order does not matter. */
export function matches(command: PaletteCommand, query: string): boolean {
  const text = `${command.label} ${command.group} ${command.keywords ?? ""}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

export interface PaletteGroup {
  value: string;
  items: PaletteCommand[];
}

/** Commands under their group headings, in order of first appearance. */
export function grouped(commands: readonly PaletteCommand[]): PaletteGroup[] {
  return [...Map.groupBy(commands, (command) => command.group)].map(([value, items]) => ({
    value,
    items,
  }));
}
