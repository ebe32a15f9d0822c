// A worker process that collects one signal from Redis sources: it notes each tick on the target itself.
import { defineSignal } from "#lib/signals/define.ts";
import { startWorker } from "#workers/worker.ts";
import { findTestAction } from "./actions-world.ts";

const ticks = defineSignal<{ ticks: number }>({
  id: "ticks",
  title: "Ticks",
  sources: ["redis"],
  every: "1s",
  headline: { label: "Ticks", unit: "count", metrics: ["ticks"], entity: /./, value: () => null },
  async collect({ source }) {
    if (source.kind !== "redis") return { rows: [], unread: [] };
    const count = await source.conn.run((redis) => redis.rpush("ticks", String(process.pid)));
    return { rows: [{ ticks: count }], unread: [] };
  },
  save: async (_context, rows) =>
    rows.map((row) => ({ entity: "ticks", metric: "ticks", value: row.ticks })),
  problems: async () => [],
  read: { list: undefined as never },
  actions: [],
  metrics: [],
});

const worker = startWorker({ signals: [ticks], findAction: findTestAction });

process.on("SIGTERM", () => void worker.stop().then(() => process.exit(0)));
