"use client";
import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";
import { getAppearance } from "#components/ui/appearance.ts";
import { NO_KEYS, pressKey, type KeyCommand } from "#components/shell/key-sequence.ts";
import type { Place } from "#components/shell/entries.tsx";
import { focusFilter, moveRow, selectRow } from "#components/shell/row-keys.ts";

interface Handlers {
  entries: readonly Place[];
  openPalette: () => void;
  openHelp: () => void;
}

/** Listens to the keyboard for the whole console. Keys typed into fields, menus and dialogs are left alone. */
export function useShortcuts(handlers: Handlers): void {
  const router = useRouter();
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    let state = NO_KEYS;
    const run = (command: KeyCommand, shiftKey: boolean): boolean => {
      const { entries, openPalette, openHelp } = latest.current;
      if (command.type === "palette") return (openPalette(), true);
      if (getAppearance().shortcuts === "off") return false;
      if (command.type === "help") return (openHelp(), true);
      if (command.type === "filter") return focusFilter();
      if (command.type === "row") return moveRow(command.move);
      if (command.type === "select") return selectRow(shiftKey);
      const entry = entries.find((each) => each.hotkey === command.hotkey);
      if (entry) router.push(entry.href);
      return entry !== undefined;
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const opensPalette = (event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k";
      if (!opensPalette && isTaken(event.target)) return;
      const hotkeys = new Set(latest.current.entries.map((entry) => entry.hotkey));
      const next = pressKey(
        state,
        {
          key: event.key,
          ctrl: event.ctrlKey,
          meta: event.metaKey,
          alt: event.altKey,
          at: event.timeStamp,
        },
        hotkeys,
      );
      state = next.state;
      if (next.command && run(next.command, event.shiftKey)) event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [router]);
}

/** Whether the focused thing wants letters for itself. */
function isTaken(target: EventTarget | null): boolean {
  if (document.querySelector("dialog[open]")) return true;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("[role=menu], [role=listbox], [popover]"))
    return true;
  if (target instanceof HTMLInputElement)
    return !["checkbox", "radio", "button"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
