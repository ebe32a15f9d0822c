// A worker process of its own, to be killed: the real one, with the test's actions beside BullMQ's, that sends itself
// SIGKILL at the failpoint named in KILL_AT the KILL_HIT-th time it gets there.
import { flushCompileCache } from "node:module";
import { setFailpointHook } from "#lib/actions/failpoint.ts";
import { retry } from "#lib/signals/queues/actions/retry.ts";
import { startWorker } from "#workers/worker.ts";
import { faults, findTestAction } from "./actions-world.ts";

const { KILL_AT, KILL_HIT, FAULTS } = process.env;
faults.push(...(JSON.parse(FAULTS ?? "[]") as typeof faults));

let hits = 0;
setFailpointHook((name) => {
  if (name === KILL_AT && ++hits === Number(KILL_HIT)) process.kill(process.pid, "SIGKILL");
});

const worker = startWorker({
  signals: [],
  findAction: (name) => (name === retry.name ? retry : findTestAction(name)),
});

// SIGKILL would not leave time for it, and all those after start faster.
flushCompileCache();

process.on("SIGTERM", () => void worker.stop().then(() => process.exit(0)));
