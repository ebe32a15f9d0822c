"use client";
import { Autocomplete } from "@base-ui/react/autocomplete";
import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import {
  grouped,
  matches,
  type PaletteCommand,
  type PaletteGroup,
} from "#components/shell/palette-commands.ts";
import type { Place } from "#components/shell/entries.tsx";
import { searchSignals } from "#components/shell/search-signals.ts";
import { shellCommands } from "#components/shell/shell-commands.ts";
import { signOut } from "#components/shell/sign-out.ts";
import { Dialog } from "#components/ui/dialog.tsx";
import { Kbd } from "#components/ui/kbd.tsx";

const SEARCH_PAUSE_MS = 150;
const MIN_SEARCH_LENGTH = 2;

/** ⌘K: go anywhere, change the look, find things. Loaded when first opened. */
export function CommandPalette({
  open,
  onOpenChange,
  entries,
  onHelp,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  entries: readonly Place[];
  onHelp: () => void;
}) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Command palette"
      hideTitle
      placement="top"
    >
      <Palette
        commands={shellCommands(entries, { help: onHelp, signOut })}
        onDone={() => onOpenChange(false)}
      />
    </Dialog>
  );
}

function Palette({
  commands,
  onDone,
}: {
  commands: readonly PaletteCommand[];
  onDone: () => void;
}) {
  const router = useRouter();
  const [query, setQuery] = useState("");
  const found = useSearches(query);
  const items = grouped([
    ...commands.filter((command) => matches(command, query.trim())),
    ...found,
  ]);
  const choose = (command: PaletteCommand) => {
    onDone();
    if (command.href) router.push(command.href);
    command.run?.();
  };
  return (
    <Autocomplete.Root
      open
      inline
      items={items}
      filter={null}
      value={query}
      onValueChange={setQuery}
      autoHighlight="always"
      keepHighlight
      itemToStringValue={(command: PaletteCommand) => command.label}
    >
      <div className="flex items-center gap-2 border-b border-line px-3">
        <Search aria-hidden="true" className="size-4 text-faint" />
        <Autocomplete.Input
          data-autofocus=""
          aria-label="Search commands"
          placeholder="Go to, change, find …"
          className="h-11 w-full bg-transparent text-lg outline-none sm:text-base"
        />
      </div>
      <Autocomplete.Empty>
        {items.length === 0 ? (
          <p className="px-4 py-6 text-center text-muted">Nothing matches.</p>
        ) : null}
      </Autocomplete.Empty>
      <Autocomplete.List className="max-h-[50vh] scroll-thin overflow-y-auto p-1.5">
        {(group: PaletteGroup) => (
          <Autocomplete.Group key={group.value} items={group.items} className="mb-1 last:mb-0">
            <Autocomplete.GroupLabel className="px-2 py-1 text-xs text-muted">
              {group.value}
            </Autocomplete.GroupLabel>
            <Autocomplete.Collection>
              {(command: PaletteCommand) => (
                <Autocomplete.Item
                  key={command.id}
                  value={command}
                  onClick={() => choose(command)}
                  className="flex min-h-8 cursor-pointer items-center justify-between gap-3 rounded-md px-2 py-1 select-none data-highlighted:bg-accent-soft"
                >
                  <span className="min-w-0 truncate">{command.label}</span>
                  {command.keys ? <Kbd keys={command.keys} /> : null}
                </Autocomplete.Item>
              )}
            </Autocomplete.Collection>
          </Autocomplete.Group>
        )}
      </Autocomplete.List>
    </Autocomplete.Root>
  );
}

/** Asks the signals after a pause in typing. */
function useSearches(query: string): PaletteCommand[] {
  const [found, setFound] = useState<PaletteCommand[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    const text = query.trim();
    const timer = setTimeout(async () => {
      if (text.length < MIN_SEARCH_LENGTH) return setFound([]);
      const commands = await searchSignals(text, stop.signal);
      if (!stop.signal.aborted) setFound(commands);
    }, SEARCH_PAUSE_MS);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [query]);
  return found;
}
