import type { Action } from "#lib/actions/define.ts";
import { discard, discardFound, restore } from "./actions/discard.ts";
import { edit, revert } from "./actions/edit.ts";
import { move } from "./actions/move.ts";
import { retry } from "./actions/retry.ts";
import { reveal } from "./actions/reveal.ts";
import { removeView, saveView } from "./actions/views.ts";

/** Everything a person can do to dead letters; each has its file below `actions`. */
export const letterActions: readonly Action[] = [
  retry,
  edit,
  revert,
  move,
  discard,
  discardFound,
  restore,
  reveal,
  saveView,
  removeView,
];
