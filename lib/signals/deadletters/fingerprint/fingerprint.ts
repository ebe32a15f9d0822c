import { sha256 } from "#lib/core/ids.ts";
import { normalise } from "#lib/core/normalise.ts";
import type { ReasonClass } from "../states.ts";
import { errorClass } from "./error-class.ts";
import { firstInAppFrame } from "./frame.ts";
import { reasonClass } from "./reason.ts";

/** Counts up with every change of the rule: a better rule makes new groups and leaves the old ones where they are. */
export const FINGERPRINT_VERSION = 1;

export interface Fingerprint {
  version: number;
  fingerprint: string;
  errorClass: string;
  /** The message with what varies replaced. */
  message: string;
  frame: string | null;
  reasonClass: ReasonClass;
}

/** Names the cause of a failure: error class, normalised message and first frame of the application's own code. */
export function fingerprintOf(message: string, stack: string | null): Fingerprint {
  const found = {
    errorClass: errorClass(stack, message),
    message: normalise(message).template,
    frame: firstInAppFrame(stack),
  };
  const text = JSON.stringify([found.errorClass, found.message, found.frame]);
  return {
    ...found,
    version: FINGERPRINT_VERSION,
    fingerprint: sha256(text).slice(0, 16),
    reasonClass: reasonClass(found.errorClass, message),
  };
}
