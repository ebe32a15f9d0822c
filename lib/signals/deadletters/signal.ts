import { defineSignal } from "#lib/signals/define.ts";
import { letterActions } from "./actions.ts";
import { follow } from "./capture/follow.ts";
import { captures } from "./captures.ts";
import { type CollectedRow, collect } from "./collect.ts";
import { get } from "./detail.ts";
import { selection } from "./dry-run.ts";
import { groups } from "./groups.ts";
import { list } from "./list.ts";
import { metrics } from "./metrics.ts";
import { problems } from "./problems.ts";
import { carryOn } from "./redrive/run.ts";
import { redrive, redrives } from "./redrive/read.ts";
import { redriveActions } from "./redrive/actions.ts";
import { retain } from "./retain.ts";
import { save } from "./save.ts";
import { series } from "./series.ts";
import { suggestions } from "./suggest.ts";
import { views } from "./views.ts";

/** Every failed job of every queue, kept, grouped, searchable, and sent back exactly once. */
export const deadletters = defineSignal<CollectedRow>({
  id: "deadletters",
  title: "Dead letters",
  sources: ["bullmq", "bullmq_postgres"],
  every: "15s",
  collect,
  save,
  follow,
  retain,
  carryOn,
  headline: {
    label: "Dead letters",
    unit: "count",
    metrics: ["dead"],
    entity: /./,
    value: (totals) => totals.get("dead")?.mean ?? null,
  },
  read: { list, get, series },
  reads: { groups, selection, suggestions, views, captures, redrives, redrive },
  actions: [...letterActions, ...redriveActions],
  metrics,
  problems,
});
