import { AppError } from "#lib/core/errors.ts";
import { requireRange } from "#lib/core/range.ts";
import { defineReadOne } from "#lib/signals/define.ts";
import { freshnessOfSignal } from "#lib/signals/freshness.ts";
import { observePlan } from "./plan/observe.ts";
import { PLAN_REASONS, type PlanReason } from "./plan/reasons.ts";
import { planShape } from "./plan/shape.ts";
import { toRow, toWork } from "./rows.ts";
import { detailSchema, getParamsSchema, type PlanSummary, type QueryDetail } from "./schema.ts";
import { findStatement, type StatementRow } from "./store/list.ts";
import { readPlans, type StoredAttempt, type StoredPlan } from "./store/planned.ts";
import { readSeconds, readTotals } from "./store/totals.ts";
import { type Window, windowParts } from "./store/window.ts";

export const readDetail = defineReadOne({
  params: getParamsSchema,
  data: detailSchema,
  async run({ now }, id, params) {
    const { from, to } = requireRange(params.range, now);
    const window = { from, to };
    const row = await findRow(id, window, now);
    const { source, sourceId, database } = row;
    const [totals, seconds, before, planned, freshness] = await Promise.all([
      readTotals(window, { source, database }),
      readSeconds(window),
      findStatement(id, windowParts(previous(window), now)),
      readPlans(id, now),
      freshnessOfSignal("queries", source, now),
    ]);
    const { summary: _, ...base } = toRow(row, {
      window,
      seconds: seconds.get(sourceId) ?? 0,
      totalMs: totals.execMs,
    });
    const { text, truncated, queryid, fingerprint } = row;
    const data: QueryDetail = {
      ...base,
      sourceId,
      text,
      truncated,
      queryid,
      fingerprint,
      from: from.toISOString(),
      to: to.toISOString(),
      before: before?.calls ? toWork(before, before.blockSize) : null,
      ...plansOf(planned, params.plan),
      noPlan: noPlanOf(row, planned),
    };
    return { data, ...freshness };
  },
});

export async function findRow(id: string, window: Window, now: Date): Promise<StatementRow> {
  const row = /^\d{1,18}$/.test(id) ? await findStatement(id, windowParts(window, now)) : null;
  if (row) return row;
  throw new AppError("not_found", "There is no such statement", {
    remedy: "It may have been forgotten: statements are kept for 91 days after they last ran.",
  });
}

/** The window of the same length just before. */
const previous = ({ from, to }: Window): Window => ({
  from: new Date(from.getTime() - (to.getTime() - from.getTime())),
  to: from,
});

interface Planned {
  plans: StoredPlan[];
  attempt: StoredAttempt | null;
}

function plansOf(
  { plans, attempt }: Planned,
  wanted: string | undefined,
): Pick<QueryDetail, "plan" | "plans"> {
  const summarise = (plan: StoredPlan): PlanSummary => ({
    id: plan.id,
    hash: plan.hash,
    cost: plan.cost,
    shape: planShape(plan.tree),
    firstSeen: plan.firstSeen.toISOString(),
    currentSince: plan.currentSince.toISOString(),
    lastSeen: plan.lastSeen.toISOString(),
    current: plan.id === attempt?.planId,
    meanMs: plan.meanMs,
  });
  const shown = plans.find((plan) => plan.id === (wanted ?? attempt?.planId));
  return {
    plans: plans.map(summarise),
    plan: shown
      ? {
          ...summarise(shown),
          tree: shown.tree,
          notes: shown.notes,
          serverVersion: shown.serverVersion,
          observations: observePlan(shown.tree, shown.notes),
        }
      : null,
  };
}

function noPlanOf(row: StatementRow, { attempt }: Planned): QueryDetail["noPlan"] {
  const reason = attempt ? attempt.reason : reasonBefore(row);
  if (reason === null) return null;
  const times = {
    triedAt: attempt?.triedAt.toISOString() ?? null,
    nextAt: attempt?.nextAt.toISOString() ?? null,
  };
  if (reason === "not_tried")
    return {
      reason,
      title: "Not planned yet",
      remedy: "Plumbline plans the statements that cost most, a few per collection.",
      ...times,
    };
  return { reason, ...PLAN_REASONS[reason], ...times };
}

/** Without an attempt: why there was none, as far as that is known beforehand. */
function reasonBefore(row: StatementRow): PlanReason | "not_tried" {
  if (row.text === null) return "no_text";
  if (row.kind === "UTILITY") return "not_explainable";
  if (row.truncated) return "truncated";
  return row.database === row.connectedDatabase ? "not_tried" : "other_database";
}
