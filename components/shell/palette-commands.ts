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
