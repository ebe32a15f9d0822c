"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { suggestionsQuery } from "#lib/signals/deadletters/client.ts";

export interface SuggestionItem {
  text: string;
  hint: string | null;
  count: number | null;
}

const PAUSE_MS = 120;
const NONE: readonly SuggestionItem[] = [];

/** What could stand where the caret is. Asked for only while the list is open. */
export function useSuggestions(text: string, caret: number) {
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState<number | null>(null);
  const asked = useSettled(`${caret} ${text}`);
  const at = Number(asked.slice(0, asked.indexOf(" ")));
  const query = useQuery({
    ...suggestionsQuery(asked.slice(asked.indexOf(" ") + 1), at),
    enabled: open,
    placeholderData: keepPreviousData,
    meta: { refresh: false },
  });
  const found = query.data?.data;
  // An answer to an older text would fill in at the wrong place.
  const current = found && asked === `${caret} ${text}` && !query.isPlaceholderData;
  const items = current ? found.items : NONE;
  const last = items.length - 1;
  return {
    items,
    open,
    active: active !== null && active <= last ? active : null,
    setActive,
    show: () => {
      setOpen(true);
      setActive(null);
    },
    hide: () => {
      setOpen(false);
      setActive(null);
    },
    move: (by: 1 | -1) => {
      setOpen(true);
      if (last < 0) return;
      const next = (active ?? (by === 1 ? -1 : last + 1)) + by;
      setActive(next < 0 ? last : next > last ? 0 : next);
    },
    /** The text with a suggestion in place, ready for the next word; a qualifier waits for its value. */
    filled: (choice: number): { text: string; caret: number } | null => {
      const item = items[choice];
      if (!item || !found) return null;
      const space = item.text.endsWith(":") ? "" : " ";
      const after = text.slice(found.to).trimStart();
      const before = `${text.slice(0, found.from)}${item.text}${space}`;
      return { text: before + after, caret: before.length };
    },
  };
}

/** The newest value once it has stood still for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
