import { hash } from "node:crypto";

/**
 * What free text finds a failure by beside its group and the values in its message. Most failures share theirs with many others, so
 * it is masked only where it is new.
 */
export interface Trace {
  hash: string;
  /** As it came, with what may be personal data. */
  raw: string;
  /** The failure says more than this. */
  cut: boolean;
}

const MAX_FRAMES = 8_000;
const FIRST_FRAME = /^[ \t]{0,20}at /m;
const FRAME = /^\s*at /;

/** Of the last stack, and of a message with its values left out where it is longer than what its group holds. */
export function traceOf(stack: string | null, message: { long: string; cut: boolean }): Trace {
  const { frames, cut } = framesOf(stack ?? "");
  const raw = [message.long, frames].filter(Boolean).join("\n");
  const isCut = cut || message.cut;
  return { hash: hash("sha256", `${isCut ? "cut" : ""}\n${raw}`), raw, cut: isCut };
}

function framesOf(stack: string): { frames: string; cut: boolean } {
  const begin = stack.search(FIRST_FRAME);
  if (begin < 0) return { frames: "", cut: false };
  const lines = stack.slice(begin, begin + MAX_FRAMES).split("\n");
  const frames = lines.filter((line) => FRAME.test(line)).map((line) => line.trim());
  return { frames: frames.join("\n"), cut: stack.length > begin + MAX_FRAMES };
}
