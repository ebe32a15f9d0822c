import { AUTH_ACTIONS } from "#lib/auth/actions/all.ts";
import { SIGNALS } from "#lib/signals/index.ts";
import type { Action } from "./define.ts";

/** Every action there is: those of the signals and those of the platform. */
export const ACTIONS: readonly Action[] = [
  ...SIGNALS.flatMap((signal) => signal.actions),
  ...AUTH_ACTIONS,
];

export function actionByName(name: string): Action | undefined {
  return ACTIONS.find((action) => action.name === name);
}
