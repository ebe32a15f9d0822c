import { defineCommand } from "../command.ts";
import type { Running } from "../up/start.ts";
import { up } from "../up/up.ts";

export const command = defineCommand({
  summary: "Start Plumbline with everything it needs, and keep it running until Ctrl-C",
  usage: ["[--json]   the address, and the first password, as one line of JSON once ready"],
  run: async ({ values, answer }) => {
    // With --json, stdout carries the result alone.
    const say = "json" in values ? console.error : console.log;
    const began = Date.now();
    await up({
      say,
      untilStop: stopRequest(),
      onReady: (running) => answer(running, welcome(running, Date.now() - began)),
    });
    return 0;
  },
});

/** Ctrl-C, a service manager, a closed terminal, or the death of the process that started us. */
function stopRequest(): Promise<string> {
  return new Promise((resolve) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.on(name, () => resolve(name));
    process.on("disconnect", () => resolve("the process that started it is gone"));
  });
}

function welcome({ url, metricsUrl, firstAdmin }: Running, ms: number): string {
  const signIn = firstAdmin
    ? [
        `  Sign in as   ${firstAdmin.login}`,
        `  Password     ${firstAdmin.password}   (shown only now)`,
      ]
    : ["  Sign in with your account; `npx plumbline user` helps when a password is lost."];
  return [
    "",
    `Plumbline is ready after ${(ms / 1_000).toFixed(1)} s:  ${url}`,
    "",
    ...signIn,
    `  Metrics      ${metricsUrl}`,
    "",
    "Ctrl-C stops everything.",
  ].join("\n");
}
