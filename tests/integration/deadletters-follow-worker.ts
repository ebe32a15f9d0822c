// A process of its own that captures from one source without a pause, to be killed anywhere.
import { follow } from "#lib/signals/deadletters/capture/follow.ts";
import { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { newCost } from "#lib/sources/cost.ts";

const { SOURCE_ID = "", TARGET_URL = "" } = process.env;
const cost = newCost();

for (;;) {
  await follow({
    source: {
      id: SOURCE_ID,
      name: "followed",
      kind: "bullmq",
      labels: {},
      intervalMs: 15_000,
      serverVersion: null,
      capabilities: new Set(),
      probe: { serverVersion: null, capabilities: [], facts: {}, refusal: null },
      conn: new BullmqConnection(TARGET_URL, null, cost),
      cost,
    },
    abort: new AbortController().signal,
  });
}
