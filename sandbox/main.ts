/** Harbour Pay, the sandbox: a small payments company that really runs. Start it with `node sandbox/main.ts`; see README.md. */
import { isAppError, messageOf } from "#lib/core/errors.ts";
import { startCompany } from "./company.ts";
import { log } from "./log.ts";

const company = startCompany(process.env);

let ending = false;
async function end(reason: string): Promise<void> {
  if (ending) return;
  ending = true;
  log(`stopping (${reason})`);
  await company.stop();
  log("stopped");
  process.exit(0);
}
process.on("SIGTERM", () => void end("SIGTERM"));
process.on("SIGINT", () => void end("SIGINT"));
// Started by another process over IPC: do not outlive it.
process.on("disconnect", () => void end("the parent process has gone"));

try {
  await company.ready;
  log("ready");
  process.send?.("ready");
} catch (error) {
  if (!ending) {
    log(messageOf(error));
    if (isAppError(error) && error.options.remedy) log(error.options.remedy);
    process.exit(1);
  }
}
