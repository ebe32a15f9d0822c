import type { OpenSource } from "#lib/sources/define.ts";
import { isSourceError } from "#lib/sources/errors.ts";
import { COUNTER_AT } from "../counters.ts";
import type { PlanAttempt, Working } from "../observation.ts";
import { planStatement } from "./plan.ts";

/** Plans per database and collection: EXPLAIN is cheap, but this is somebody else's server. */
const BUDGET = 5;
const BUDGET_MS = 5_000;
/** Only what costs most in an interval is worth a plan. */
const TOP = 30;
/** Twice as slow or as fast as when it was last planned, and noticeably so: the plan may have changed. */
const CHANGED_FACTOR = 2;
const CHANGED_MS = 10;
const NOT_AGAIN_WITHIN_MS = 60_000;

interface TopContext {
  working: readonly Working[];
  /** The one database this connection can plan in. */
  dbid: number;
  now: Date;
  abort: AbortSignal;
}

export const meanMs = ({ counters }: Pick<Working, "counters">): number =>
  counters[COUNTER_AT.exec_ms]! / counters[COUNTER_AT.calls]!;

const execMs = (each: Working): number => each.counters[COUNTER_AT.exec_ms]!;

/** Plans the costliest statements that are due, within a budget. A lost connection ends it; what was found is kept. */
export async function planTop(
  source: OpenSource<"postgres">,
  context: TopContext,
): Promise<{ attempts: PlanAttempt[]; unread: string[] }> {
  const attempts: PlanAttempt[] = [];
  const started = performance.now();
  for (const each of dueForPlanning(context)) {
    if (context.abort.aborted || performance.now() - started > BUDGET_MS) break;
    try {
      attempts.push(await attemptPlan(source, each));
    } catch (error) {
      if (!isSourceError(error)) throw error;
      return { attempts, unread: [`Plans: ${error.message}`] };
    }
  }
  return { attempts, unread: [] };
}

async function attemptPlan(source: OpenSource<"postgres">, each: Working): Promise<PlanAttempt> {
  const { dbid, userid, queryid, toplevel, attempt } = each;
  const outcome = each.truncated
    ? ({ ok: false, reason: "truncated" } as const)
    : await planStatement(source.conn, each.text!);
  const failures = attempt?.failures ?? 0;
  return { dbid, userid, queryid, toplevel, outcome, meanMs: meanMs(each), failures };
}

export function dueForPlanning({ working, dbid, now }: Omit<TopContext, "abort">): Working[] {
  return working
    .filter(
      (each) => !each.own && each.dbid === dbid && each.text !== null && each.kind !== "UTILITY",
    )
    .toSorted((a, b) => execMs(b) - execMs(a))
    .slice(0, TOP)
    .filter((each) => isDue(each, now))
    .slice(0, BUDGET);
}

function isDue(each: Working, now: Date): boolean {
  const { attempt } = each;
  if (!attempt || attempt.nextAt <= now) return true;
  // A statement without a plan does not get one by being slow.
  if (attempt.failures > 0) return false;
  const mean = meanMs(each);
  const [low, high] = [Math.min(mean, attempt.meanMs), Math.max(mean, attempt.meanMs)];
  const changed = high >= CHANGED_FACTOR * low && high - low >= CHANGED_MS;
  return changed && now.getTime() - attempt.triedAt.getTime() >= NOT_AGAIN_WITHIN_MS;
}
