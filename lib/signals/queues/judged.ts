import type { ObservedQueue } from "./observed.ts";
import { retriesOf, timesOf } from "./retries/judge.ts";
import { type Minute, sumOf } from "./retries/minutes.ts";
import { type Finding, lint } from "./retries/lint.ts";
import type { PolicySeen } from "./retries/policy.ts";
import type { StoredQueue } from "./stored.ts";

interface JudgeContext {
  now: Date;
  /** Redis' maxmemory-policy when it is a wrong one, with what that means. */
  eviction: string | null;
  policies: readonly PolicySeen[];
  before: StoredQueue | undefined;
}

/** Times, retries and findings from the minutes of the last hour. Without events nothing of it is known but the options. */
export function judged(
  queue: ObservedQueue,
  hour: readonly Minute[],
  context: JudgeContext,
): Pick<StoredQueue, "times" | "retries" | "findings"> {
  const { now, policies, before } = context;
  const findings = findingsOf(queue, hour, context);
  if (!queue.flow) return { times: null, retries: null, findings };
  const retries = retriesOf(hour, { now, policies, before: before?.retries });
  return { times: timesOf(hour, now), retries, findings };
}

/** Bull has other options, and other remedies. */
function findingsOf(
  { flavour, state, workers }: ObservedQueue,
  hour: readonly Minute[],
  { eviction, policies }: JudgeContext,
): Finding[] {
  if (flavour === "bull" && !state.version) return [];
  const { completed, failed } = sumOf(hour);
  // A worker that collects metrics writes its total with the first job that finishes.
  const told = Boolean(workers) && completed + failed > 0;
  return lint({
    policies,
    networkFailures: hour.reduce((sum, { network }) => sum + network, 0),
    lost: hour.reduce((sum, each) => sum + each.lost, 0),
    failed,
    failedKept: state.counts.failed,
    workersKeepTotals: told
      ? Object.values(state.workerTotals).some((total) => total !== null)
      : null,
    eviction: eviction?.split(":", 1)[0] ?? null,
  });
}
