import type { Signal } from "./define.ts";
import { caches } from "./caches/signal.ts";
import { deadletters } from "./deadletters/signal.ts";
import { queries } from "./queries/signal.ts";
import { queues } from "./queues/signal.ts";

/** The registry: API, OpenAPI, schedules, metrics, permissions and audit names all derive from it. */
export const SIGNALS: readonly Signal[] = [queries, caches, queues, deadletters];

export function signalById(id: string): Signal | undefined {
  return SIGNALS.find((signal) => signal.id === id);
}
