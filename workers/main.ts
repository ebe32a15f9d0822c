import { setTimeout as after } from "node:timers/promises";
import { isAppError } from "#lib/core/errors.ts";
import { log } from "#lib/core/log.ts";
import { env } from "#lib/config/env.ts";
import { startWorker } from "./worker.ts";

/** Longer than any draining takes; then the process ends anyway, and leases and schedules repair what it leaves. */
const STOP_MS = 20_000;

process.on("unhandledRejection", die);
process.on("uncaughtException", die);

try {
  env();
} catch (error) {
  log.fatal(isAppError(error) ? `${error.message}. ${error.options.remedy ?? ""}` : String(error));
  process.exit(1);
}

const worker = startWorker();
let stopping = false;

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    // The second time somebody is in a hurry.
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, "stopping");
    void Promise.race([worker.stop(), after(STOP_MS)]).then(() => process.exit(0));
  });
}

/** After a bug nothing can be trusted: a fresh process is safer, and everything survives one. */
function die(error: unknown): void {
  log.fatal({ err: error }, "the worker hit an unexpected error and ends");
  process.exit(1);
}
