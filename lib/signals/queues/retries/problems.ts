import type { FoundProblem } from "#lib/signals/define.ts";
import type { Watched } from "../problems.ts";
import { jobsOf, RETRY_BUDGET } from "./arithmetic.ts";

/** One worker that dies while it is deployed stalls a job or two. */
const MIN_STALLS = 3;

/** What is wrong with the way this queue tries again, and what it will lose. */
export function retryProblems(watched: Watched): (FoundProblem | null)[] {
  return [storm(watched), budget(watched), stalls(watched), discards(watched)];
}

function storm({ key, queue, href }: Watched): FoundProblem | null {
  const found = queue.retries?.storm;
  if (!found) return null;
  const title = `${queue.name}: retry storm, ${percent(found.repeats)} of the attempts are repeats and ${percent(found.success)} succeed; ${percent(found.errorShare)} of the failures say "${found.error}"`;
  const since = new Date(found.since);
  return { ...about(key, href), type: "queue_retry_storm", severity: "critical", title, since };
}

/** Both windows: the hour says that it matters, the five minutes that it still goes on. */
function budget({ key, queue, href }: Watched): FoundProblem | null {
  // A storm says why already.
  if (!queue.retries || queue.retries.storm) return null;
  const { fiveMinutes, hour } = queue.retries.budget;
  if ((fiveMinutes.used ?? 0) <= 1 || (hour.used ?? 0) <= 1) return null;
  const share = hour.attempts.retries / jobsOf(hour.attempts);
  const title = `${queue.name}: ${percent(share)} retries on top of the jobs of the last hour, budget ${percent(RETRY_BUDGET)}`;
  return { ...about(key, href), type: "queue_retry_budget", severity: "warning", title };
}

function stalls({ key, queue, href }: Watched): FoundProblem | null {
  const count = Math.round(queue.retries?.attempts.stalls ?? 0);
  if (count < MIN_STALLS) return null;
  const title = `${queue.name}: ${count} jobs lost their worker in 15 minutes`;
  return { ...about(key, href), type: "queue_stalls", severity: "warning", title };
}

function discards({ key, queue, href }: Watched): FoundProblem | null {
  if (!queue.findings.some(({ id }) => id === "discards_failures")) return null;
  const { failed } = queue.finished;
  const lost = failed ? `, ${failed} failed in 15 minutes` : "";
  const title = `${queue.name}: failed jobs are deleted at once${lost}`;
  return { ...about(key, href), type: "queue_discards_failures", severity: "risk", title };
}

const about = (entity: string, href: string) => ({ entity, href: `${href}?tab=retries` });

const percent = (share: number): string => `${Math.round(share * 100)} %`;
