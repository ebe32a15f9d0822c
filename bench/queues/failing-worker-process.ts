import { Worker } from "bullmq";
import { QUEUE, type Order } from "./load.ts";

// The application's worker: alive, quick, and failing every job, as while a provider is down.

const [url = ""] = process.argv.slice(2);
// Not to outlive the benchmark.
process.once("disconnect", () => process.exit());

const worker = new Worker<Order>(
  QUEUE,
  async ({ data }) => {
    throw new Error(`Order ${data.order.id} of ${data.customer.mail} could not be charged: 503`);
  },
  { connection: { url, maxRetriesPerRequest: null }, concurrency: 50 },
);
process.once("SIGTERM", () => void worker.close().then(() => process.exit(0)));
await worker.waitUntilReady();
process.send?.("ready");
