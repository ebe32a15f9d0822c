import { AppError } from "#lib/core/errors.ts";
import type { Actor } from "./actor.ts";

export interface Person {
  userId: string;
  sessionId: string;
}

/** The person behind an actor. Throws `forbidden` for tokens and the system, which have no password, codes or sessions. */
export function personOf(actor: Actor): Person {
  if (actor.via === "session" && actor.sessionId !== null) {
    return { userId: actor.id.slice("user:".length), sessionId: actor.sessionId };
  }
  throw new AppError("forbidden", "Only a signed-in person can do this", {
    detail: "An API token has no password, one-time codes or sessions of its own.",
    remedy: "Sign in in a browser.",
  });
}
