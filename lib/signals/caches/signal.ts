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
  read: { list, get, series },
  actions: [],
  metrics,
  problems,
});
