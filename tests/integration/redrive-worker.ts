// A worker process of its own, to be killed: the real one, which only carries redrives on, and sends itself SIGKILL at the
// failpoint named in KILL_AT the KILL_HIT-th time it gets there.
import { flushCompileCache } from "node:module";
import { BATCH_FAILPOINTS, setFailpointHook } from "#lib/actions/failpoint.ts";
import { defineSignal } from "#lib/signals/define.ts";
import { carryOn } from "#lib/signals/deadletters/redrive/run.ts";
import { list } from "#lib/signals/queues/read.ts";
import { startWorker } from "#workers/worker.ts";

const { KILL_AT, KILL_HIT } = process.env;

let hits = 0;
setFailpointHook((name) => {
  if (!BATCH_FAILPOINTS.some((point) => point === name)) return;
  if (name === KILL_AT && ++hits === Number(KILL_HIT)) process.kill(process.pid, "SIGKILL");
});

const redrives = defineSignal({
  id: "deadletters",
  title: "Dead letters",
  sources: [],
  every: "15s",
  collect: async () => ({ rows: [], unread: [] }),
  save: async () => [],
  headline: { label: "", unit: "count", metrics: [], entity: /./, value: () => null },
  carryOn,
  read: { list },
  actions: [],
  metrics: [],
  problems: async () => [],
});

const worker = startWorker({ signals: [redrives], findAction: () => undefined });

// SIGKILL would not leave time for it, and all those after start faster.
flushCompileCache();

process.on("SIGTERM", () => void worker.stop().then(() => process.exit(0)));
