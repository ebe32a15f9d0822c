import type { Drill } from "./drill.ts";

export const emailProviderDown: Drill = {
  name: "email-provider-down",
  title: "The e-mail provider fails",
  look: "Queues: every job of emails fails, is retried within seconds and then stays in failed. After the drill, retry them from there: they are sent.",
  lasts: "5m",
  start: async ({ mail }) => mail.faults.change({ failing: 1, refusing: 0.3 }),
  stop: async ({ mail }) => mail.faults.change({ failing: 0, refusing: 0 }),
};
