/** Keyboard work on the list in view: any `[data-rows]` body of DataTable. The focused element is the state. */

function rows(): HTMLElement[] {
  const main = document.querySelector("main");
  const own = document.activeElement?.closest("[data-rows]");
  const list = own ?? main?.querySelector("[data-rows]");
  return list ? [...list.querySelectorAll<HTMLElement>("[data-row]")] : [];
}

/** Moves to the next or previous row; from outside the list, to its first row. Returns false when there is no list. */
export function moveRow(by: 1 | -1): boolean {
  const all = rows();
  if (all.length === 0) return false;
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const to = at === -1 ? 0 : Math.max(0, Math.min(all.length - 1, at + by));
  const row = all[to]!;
  const target =
    row.querySelector<HTMLElement>("[data-row-link]") ??
    row.querySelector<HTMLElement>("input[type=checkbox]") ??
    row;
  target.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  return true;
}

/** Ticks the focused row's check box; with Shift, the range from the last one. */
export function selectRow(shiftKey: boolean): boolean {
  const row = document.activeElement?.closest("[data-row]");
  const box = row?.querySelector("input[type=checkbox]");
  if (!box) return false;
  box.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey }));
  return true;
}

/** Puts the cursor into the list's search box. */
export function focusFilter(): boolean {
  const box = document.querySelector<HTMLInputElement>(
    'main [data-hotkey="/"] input, main input[data-hotkey="/"]',
  );
  box?.focus();
  box?.select();
  return box !== null;
}
