import { closePool } from "#lib/db/sql.ts";
import { closeRedis } from "#lib/jobs/redis.ts";
import { follow } from "#lib/signals/deadletters/capture/follow.ts";
import { readerOf } from "#lib/signals/deadletters/capture/readers.ts";
import { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { newCost } from "#lib/sources/cost.ts";
import type { OpenSource } from "#lib/sources/define.ts";

/** What the measuring process is told. */
export interface Measured {
  seconds: number;
  cpuSeconds: number;
  peakMegabytes: number;
}

// The process that is measured: it reads, or captures, every failure of one queue and tells how long it took and what it needed.

const [what, id = "", url = ""] = process.argv.slice(2);
const PAGE = 500;

const source: OpenSource<"bullmq"> = {
  id,
  name: "bench",
  kind: "bullmq",
  labels: {},
  intervalMs: 15_000,
  serverVersion: null,
  capabilities: new Set(),
  probe: { serverVersion: null, capabilities: [], facts: {}, refusal: null },
  conn: new BullmqConnection(url, null, newCost()),
  cost: newCost(),
};

const start = performance.now();
const cpuBefore = process.cpuUsage();
if (what === "read") await readAll();
else await follow({ source, abort: new AbortController().signal });
const seconds = (performance.now() - start) / 1_000;
const cpu = process.cpuUsage(cpuBefore);
process.send?.({
  seconds,
  cpuSeconds: (cpu.user + cpu.system) / 1e6,
  peakMegabytes: process.resourceUsage().maxRSS / 1_024,
} satisfies Measured);
await source.conn.close();
closeRedis();
await closePool();

async function readAll(): Promise<void> {
  const queue = { prefix: "bull", name: "payments" };
  const abort = new AbortController().signal;
  const reader = readerOf(source);
  if (!reader) return;
  for (let skip = 0; ; skip += PAGE) {
    const entries = await reader.newer(queue, { score: "-inf", skip }, PAGE);
    for await (const failures of reader.read(queue, entries, abort)) void failures.length;
    if (entries.length < PAGE) return;
  }
}
