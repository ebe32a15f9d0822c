import type { Action } from "#lib/actions/define.ts";
import { SESSION_ACTIONS } from "./sessions.ts";
import { TOKEN_ACTIONS } from "./tokens.ts";
import { USER_ACTIONS } from "./users.ts";

/** Actions on accounts, sessions and tokens, for the registry of actions. */
export const AUTH_ACTIONS: readonly Action[] = [
  ...USER_ACTIONS,
  ...SESSION_ACTIONS,
  ...TOKEN_ACTIONS,
];
