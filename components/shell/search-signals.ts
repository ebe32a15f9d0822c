import type { PaletteCommand } from "#components/shell/palette-commands.ts";
import { SIGNAL_NAV, type NavEntry } from "#lib/signals/nav.ts";

const MOST_PER_SIGNAL = 5;

/** What a signal's list rows have in common, as far as the palette needs it. */
interface FoundRow {
  id: string;
  name?: string;
  summary?: string;
  source?: string;
  message?: string;
}

/** Statements, caches, queues and dead letters by their text; a signal that cannot answer brings nothing. */
export async function searchSignals(query: string, signal: AbortSignal): Promise<PaletteCommand[]> {
  const answers = await Promise.allSettled(
    SIGNAL_NAV.map((entry) => searchOne(entry, query, signal)),
  );
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
}

async function searchOne(
  { id, title, href }: NavEntry,
  query: string,
  signal: AbortSignal,
): Promise<PaletteCommand[]> {
  const address = `/api/v1/signals/${id}?${new URLSearchParams({ q: query })}`;
  const answer = await fetch(address, { signal });
  if (!answer.ok) return [];
  const { data } = (await answer.json()) as { data: { rows: FoundRow[] } };
  return data.rows.slice(0, MOST_PER_SIGNAL).map((row) => ({
    id: `${id} ${row.id}`,
    label: [row.name ?? row.summary ?? row.id, row.message].filter(Boolean).join(": "),
    group: title,
    href: `${href}/${encodeURIComponent(row.id)}`,
  }));
}
