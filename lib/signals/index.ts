import type { Signal } from "./define.ts";

/** The registry: API, OpenAPI, schedules, metrics, permissions and audit names all derive from it. */
export const SIGNALS: readonly Signal[] = [];

export function signalById(id: string): Signal | undefined {
  return SIGNALS.find((signal) => signal.id === id);
}
