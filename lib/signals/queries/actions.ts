import { z } from "zod";
import { defineAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import { transaction } from "#lib/db/sql.ts";
import { asPostgres } from "./collect.ts";
import { planStatement } from "./plan/plan.ts";
import { PLAN_REASONS, type PlanReason } from "./plan/reasons.ts";
import type { ExplainResult } from "./schema.ts";
import { loadForPlanning, type PlannableStatement } from "./store/planned.ts";
import { savePlan } from "./store/plans.ts";
import { parserReady } from "./tokens.ts";

const input = z.object({
  /** The statement's id, as in its page's address. */
  statement: z.string().regex(/^\d{1,18}$/),
});
type Input = z.infer<typeof input>;

type Fence = { triedAt: string | null };

/** Asks the server for the plan at once instead of when it is due. Reads only; the statement is not run. */
export const explain = defineAction<Input, ExplainResult>({
  name: "queries.explain",
  title: "Get plan now",
  input,
  risk: "low",
  approval: "none",
  where: "target",
  kinds: ["postgres"],
  target: ({ statement }) => `statement ${statement}`,

  async observe({ source, input: { statement } }) {
    const { attempt } = await plannable(source.id, statement);
    const triedAt = attempt?.triedAt.toISOString() ?? null;
    return {
      fence: { triedAt } satisfies Fence,
      before: { triedAt, plan: attempt?.planId ?? null, reason: attempt?.reason ?? null },
    };
  },

  async run({ source, input: { statement } }) {
    const { conn, serverVersion } = asPostgres(source);
    const { text, meanMs, attempt } = await plannable(source.id, statement);
    await parserReady();
    const outcome = await planStatement(conn, text);
    const now = new Date();
    const planId = await transaction((tx) =>
      savePlan(
        tx,
        { statementId: statement, now, serverVersion },
        { outcome, meanMs, failures: attempt?.failures ?? 0 },
      ),
    );
    const reason = outcome.ok ? null : outcome.reason;
    const planChanged = outcome.ok && attempt?.planId != null && attempt.planId !== planId;
    return {
      result: { planned: outcome.ok, reason, planChanged },
      after: { triedAt: now.toISOString(), plan: planId, reason },
    };
  },

  async readBack({ source, input: { statement }, fence }) {
    const { attempt } = await plannable(source.id, statement);
    const { triedAt } = fence as Fence;
    return (attempt?.triedAt.toISOString() ?? null) === triedAt ? "not_applied" : "applied";
  },
});

async function plannable(
  sourceId: string,
  statement: string,
): Promise<PlannableStatement & { text: string }> {
  const found = await loadForPlanning(sourceId, statement);
  if (!found)
    throw new AppError("not_found", `This source has no statement ${statement}`, {
      remedy: "Open the statement again from the list of queries.",
    });
  const { text, kind, truncated } = found;
  if (text === null) throw refused("no_text");
  if (kind === "UTILITY") throw refused("not_explainable");
  if (truncated) throw refused("truncated");
  if (!found.connected) throw refused("other_database");
  return { ...found, text };
}

function refused(reason: PlanReason): AppError {
  const { title, remedy } = PLAN_REASONS[reason];
  return new AppError("precondition_failed", title, { remedy });
}
