import { SECOND } from "#lib/core/time.ts";
import type { Drill } from "./drill.ts";

export const workerCrash: Drill = {
  name: "worker-crash",
  title: "The worker is killed again and again",
  look: "Queues: nobody is consuming for 45 s at a time, waiting jobs and their age grow, and jobs that were active are taken up again only after their lock has expired.",
  lasts: "6m",
  again: { everyMs: 75 * SECOND, run: async ({ worker }) => worker.crash(45 * SECOND) },
  stop: async ({ worker }) => worker.recover(),
};
