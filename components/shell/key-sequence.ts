/** What a key press means for the console, apart from what has the focus. Pure, so that it can be tested. */
export interface KeyPress {
  key: string;
  ctrl: boolean;
  meta: boolean;
  alt: boolean;
  /** Milliseconds on any steady clock. */
  at: number;
}

export type KeyCommand =
  | { type: "palette" }
  | { type: "help" }
  | { type: "filter" }
  | { type: "go"; hotkey: string }
  | { type: "row"; move: 1 | -1 }
  | { type: "select" };

/** The pending first key of a sequence. */
export interface KeyState {
  pending: { key: "g"; at: number } | null;
}

export const NO_KEYS: KeyState = { pending: null };
const SEQUENCE_MS = 1_500;

/** The next state and, when a key or sequence is complete, its command. `hotkeys` are the letters that may follow `g`. */
export function pressKey(
  state: KeyState,
  press: KeyPress,
  hotkeys: ReadonlySet<string>,
): { state: KeyState; command: KeyCommand | null } {
  if ((press.meta || press.ctrl) && !press.alt && press.key.toLowerCase() === "k")
    return { state: NO_KEYS, command: { type: "palette" } };
  if (press.ctrl || press.meta || press.alt) return { state: NO_KEYS, command: null };
  const waiting = state.pending !== null && press.at - state.pending.at <= SEQUENCE_MS;
  if (waiting) {
    if (press.key === "Shift") return { state, command: null };
    const hotkey = press.key.toLowerCase();
    return { state: NO_KEYS, command: hotkeys.has(hotkey) ? { type: "go", hotkey } : null };
  }
  if (press.key === "g") return { state: { pending: { key: "g", at: press.at } }, command: null };
  return { state: NO_KEYS, command: single(press.key) };
}

function single(key: string): KeyCommand | null {
  switch (key) {
    case "/":
      return { type: "filter" };
    case "?":
      return { type: "help" };
    case "j":
      return { type: "row", move: 1 };
    case "k":
      return { type: "row", move: -1 };
    case "x":
    case "X":
      return { type: "select" };
    default:
      return null;
  }
}
