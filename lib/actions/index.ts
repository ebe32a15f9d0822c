import { AUTH_ACTIONS } from "#lib/auth/actions/all.ts";
import { SIGNALS } from "#lib/signals/index.ts";
import type { Action } from "./define.ts";

/** Every action there is: those of the platform and those of the signals. */
export const ACTIONS: readonly Action[] = [
  ...AUTH_ACTIONS,
  ...SIGNALS.flatMap((signal) => signal.actions),
];

export function actionByName(name: string): Action | undefined {
  return ACTIONS.find((action) => action.name === name);
}
