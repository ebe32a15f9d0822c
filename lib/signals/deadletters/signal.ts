import { defineSignal } from "#lib/signals/define.ts";
import { letterActions } from "./actions.ts";
import { follow } from "./capture/follow.ts";
import { type CollectedRow, collect } from "./collect.ts";
import { selection } from "./dry-run.ts";
import { groups } from "./groups.ts";
import { list } from "./list.ts";
import { carryOn } from "./redrive/run.ts";
import { redrive, redrives } from "./redrive/read.ts";
import { redriveActions } from "./redrive/actions.ts";
import { save } from "./save.ts";

/** Every failed job of every queue, kept, grouped, searchable, and sent back exactly once. */
export const deadletters = defineSignal<CollectedRow>({
  id: "deadletters",
  title: "Dead letters",
  sources: ["bullmq", "bullmq_postgres"],
  every: "15s",
  collect,
  save,
  follow,
  carryOn,
  headline: {
    label: "Dead letters",
    unit: "count",
    metrics: ["dead"],
    entity: /./,
    value: (totals) => totals.get("dead")?.mean ?? null,
  },
  read: { list },
  reads: { groups, selection, redrives, redrive },
  actions: [...letterActions, ...redriveActions],
  metrics: [],
  problems: async () => [],
});
