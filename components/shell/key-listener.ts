import { getAppearance } from "#components/ui/appearance.ts";
import type { Place } from "#components/shell/entries.tsx";
import { NO_KEYS, pressKey, type KeyCommand } from "#components/shell/key-sequence.ts";
import { focusFilter, moveRow, selectRow } from "#components/shell/row-keys.ts";

export interface KeyHandlers {
  entries: readonly Place[];
  openPalette: () => void;
  openHelp: () => void;
  goTo: (href: string) => void;
}

/** Listens to the keyboard for the whole console, until the returned function is called. Fields, menus and dialogs keep their keys. */
export function listenToKeys(handlers: () => KeyHandlers): () => void {
  let state = NO_KEYS;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    const { key, ctrlKey: ctrl, metaKey: meta, altKey: alt, timeStamp: at, shiftKey } = event;
    const opensPalette = (meta || ctrl) && key.toLowerCase() === "k";
    if (!opensPalette && isTaken(event.target)) return;
    const hotkeys = new Set(handlers().entries.map((entry) => entry.hotkey));
    const next = pressKey(state, { key, ctrl, meta, alt, at }, hotkeys);
    state = next.state;
    if (next.command && run(next.command, shiftKey, handlers())) event.preventDefault();
  };
  document.addEventListener("keydown", onKeyDown);
  return () => document.removeEventListener("keydown", onKeyDown);
}

/** Does it; false when there was nothing to do it to. */
function run(command: KeyCommand, shiftKey: boolean, handlers: KeyHandlers): boolean {
  if (command.type !== "palette" && getAppearance().shortcuts === "off") return false;
  switch (command.type) {
    case "palette":
      handlers.openPalette();
      return true;
    case "help":
      handlers.openHelp();
      return true;
    case "filter":
      return focusFilter();
    case "row":
      return moveRow(command.move);
    case "select":
      return selectRow(shiftKey);
    case "go": {
      const entry = handlers.entries.find((each) => each.hotkey === command.hotkey);
      if (entry) handlers.goTo(entry.href);
      return entry !== undefined;
    }
  }
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
