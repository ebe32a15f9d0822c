import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { ExpressAdapter } from "@bull-board/express";
import { Queue } from "bullmq";
import { QUEUE } from "./load.ts";

// bull-board as its documentation sets it up, in a process of its own.

const [url = ""] = process.argv.slice(2);
// Not to outlive the benchmark.
process.once("disconnect", () => process.exit());

const serverAdapter = new ExpressAdapter();
const queue = new Queue(QUEUE, { connection: { url } });
createBullBoard({ queues: [new BullMQAdapter(queue)], serverAdapter });
const server = createServer(serverAdapter.getRouter());
server.listen(0, "127.0.0.1", () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
