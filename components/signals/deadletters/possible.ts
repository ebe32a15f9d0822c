import type { LetterDetail } from "#lib/signals/deadletters/schema.ts";
import { LETTER_STATES } from "./states.ts";

type Act = "retry" | "edit" | "move" | "discard" | "restore";
type Letter = Pick<
  LetterDetail,
  "state" | "readOnlyBecause" | "noRetryBecause" | "parent" | "payload" | "revealed"
>;

/** Why an action is not possible now, in one sentence; null when it is. The server decides again. */
export function notPossible(act: Act, letter: Letter): string | null {
  if (act === "discard") return stateReason(letter, ["dead", "gone", "unknown"], "discarded");
  if (act === "restore") return stateReason(letter, ["discarded", "unknown"], "restored");
  if (act === "retry") {
    if (letter.noRetryBecause) return letter.noRetryBecause;
    if (letter.state === "gone")
      return "The job is no longer in its queue. Move a copy of it into a queue instead.";
    return stateReason(letter, ["dead"], "retried");
  }
  if (letter.readOnlyBecause) return letter.readOnlyBecause;
  if (act === "move")
    return (
      stateReason(letter, ["dead", "gone"], "moved") ??
      parentReason(letter) ??
      payloadReason(letter)
    );
  return (
    stateReason(letter, ["dead"], "edited") ??
    payloadReason(letter) ??
    (letter.revealed ? null : "Show the values first: what is masked cannot be edited.") ??
    (letter.payload.note ? `It cannot be edited here. ${letter.payload.note}` : null)
  );
}

function stateReason(
  { state }: Letter,
  possible: readonly Letter["state"][],
  done: string,
): string | null {
  if (possible.includes(state)) return null;
  return `It cannot be ${done}: it is ${LETTER_STATES[state].label.toLowerCase()}.`;
}

/** A job that is gone has left its flow already. */
const parentReason = ({ state, parent }: Letter): string | null =>
  parent && state === "dead"
    ? `It is a child of job ${parent.job}, which may wait for it: a copy would not be one. Retry it instead.`
    : null;

const payloadReason = ({ payload }: Letter): string | null =>
  payload.text === null ? `Its payload is not kept here. ${payload.note ?? ""}`.trim() : null;
