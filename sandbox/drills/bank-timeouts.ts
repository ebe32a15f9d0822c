import type { Drill } from "./drill.ts";

export const bankTimeouts: Drill = {
  name: "bank-timeouts",
  title: "The bank moves the money, but its answers do not arrive",
  look: "Queues: settlements are delayed between retries and their processing time grows to three seconds. Charges answer 202 and are settled later; none is paid twice.",
  lasts: "5m",
  start: async ({ bank }) => bank.faults.change({ hanging: 0.6 }),
  stop: async ({ bank }) => bank.faults.change({ hanging: 0 }),
};
