import { defineSignal } from "#lib/signals/define.ts";
import { queueActions } from "./actions.ts";
import { collect } from "./collect.ts";
import * as live from "./live/reads.ts";
import { metrics } from "./metrics.ts";
import type { CollectedRow } from "./observed.ts";
import { problems } from "./problems.ts";
import { get, list, series } from "./read.ts";
import { save } from "./store.ts";

/** Message queues of BullMQ and Bull: how full, how late, how well they work, and what to do about one job. */
export const queues = defineSignal<CollectedRow>({
  id: "queues",
  title: "Queues",
  sources: ["bullmq", "bullmq_postgres"],
  every: "15s",
  collect,
  save,
  headline: {
    label: "Jobs that could run now",
    unit: "count",
    metrics: ["backlog"],
    entity: /./,
    value: (totals) => totals.get("backlog")?.mean ?? null,
  },
  read: { list, get, series },
  live,
  actions: queueActions,
  metrics,
  problems,
});
