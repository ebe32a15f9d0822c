import { defineSignal } from "#lib/signals/define.ts";
import { explain } from "./actions.ts";
import { collectQueries } from "./collect.ts";
import { metrics } from "./metrics.ts";
import type { Observation } from "./observation.ts";
import { problems } from "./problems.ts";
import { get, list, series } from "./read.ts";
import { saveQueries } from "./store/save.ts";

/** SQL statements: which ones cost most, since when, and how the server carries them out. */
export const queries = defineSignal<Observation>({
  id: "queries",
  title: "Queries",
  sources: ["postgres"],
  // The source's own interval is 60 s unless it asks for less; this is only the lower end.
  every: "10s",
  collect: collectQueries,
  save: saveQueries,
  headline: {
    label: "Statements executing at once, on average",
    unit: "count",
    metrics: ["exec_ms"],
    entity: /^database:/,
    value: (totals, seconds) => {
      const executed = totals.get("exec_ms");
      return executed === undefined ? null : executed.sum / 1_000 / seconds;
    },
  },
  read: { list, get, series },
  actions: [explain],
  metrics,
  problems,
});
