import { log } from "#lib/core/log.ts";

/** Logs a failed request by its path template: addresses and bodies may hold personal data. */
export function logFailure(route: string, method: string, requestId: string, error: unknown): void {
  log.error({ route, method, requestId, err: error }, "request failed");
}
