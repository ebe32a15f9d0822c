import { redisProgram } from "#lib/embedded/redis.ts";
import { canInstall, findProgram, installPackages } from "#lib/embedded/system-packages.ts";
import { browserOptions } from "#tests/support/browser.ts";

/** What the tests need from the system. As root on Debian or Ubuntu it is installed; elsewhere one sentence names it. */
export function ensurePrograms(): void {
  redisProgram(console.log);
  browserOptions();
  if (findProgram("promtool") || (canInstall() && installPackages("prometheus"))) return;
  throw new Error("The alert rules are checked with promtool: install the package prometheus.");
}
