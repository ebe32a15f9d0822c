import pino from "pino";
import { env } from "#lib/config/env.ts";

const LOGGER = Symbol.for("plumbline.api.log");
const holder = globalThis as unknown as { [LOGGER]?: pino.Logger };

function log(): pino.Logger {
  holder[LOGGER] ??= pino({ name: "web", level: env().LOG_LEVEL });
  return holder[LOGGER];
}

/** Logs a failed request by its path template: addresses and bodies may hold personal data. */
export function logFailure(route: string, method: string, requestId: string, error: unknown): void {
  log().error({ route, method, requestId, err: error }, "request failed");
}
