import { ratio } from "#lib/core/stats.ts";
import { defineSignal } from "#lib/signals/define.ts";
import { collect } from "./collect.ts";
import { metrics } from "./metrics.ts";
import type { Collection } from "./observed.ts";
import { problems } from "./problems.ts";
import { get, list, series } from "./read.ts";
import { save } from "./store.ts";

/** Postgres' buffers and Redis: how much of what is asked for they have, and what the rest costs. */
export const caches = defineSignal<Collection>({
  id: "caches",
  title: "Caches",
  sources: ["postgres", "redis"],
  every: "10s",
  collect,
  save,
  headline: {
    label: "Share of look-ups found in memory",
    unit: "ratio",
    metrics: ["hits", "misses"],
    entity: /^(database:|redis)/,
    value: (totals) => {
      const hits = totals.get("hits")?.sum ?? 0;
      return ratio(hits, hits + (totals.get("misses")?.sum ?? 0));
    },
  },
  read: { list, get, series },
  actions: [],
  metrics,
  problems,
});
