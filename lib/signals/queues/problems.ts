import { SECOND } from "#lib/core/time.ts";
import type { Sql } from "#lib/db/sql.ts";
import type { FoundProblem, SaveContext } from "#lib/signals/define.ts";
import { queueId } from "#lib/sources/bullmq/queue-ids.ts";
import { wrongEviction } from "./eviction.ts";
import { retryProblems } from "./retries/problems.ts";
import { MIN_FAILURE_RATIO, MIN_FINISHED } from "./schema.ts";
import { staleQueues } from "./stale.ts";
import { loadEntities } from "./store.ts";
import type { StoredQueue } from "./stored.ts";

export interface Watched {
  key: string;
  queue: StoredQueue;
  href: string;
  /** When it was observed. */
  now: Date;
}

/**
 * What is wrong with this source's queues, judged from their newest observation. Where that is old a problem says so and stays:
 * nobody knows that it is over.
 */
export async function problems({ tx, source, now }: SaveContext): Promise<FoundProblem[]> {
  const entities = await loadEntities(tx, source.id);
  const isStale = await staleQueues(tx, now);
  const found = entities.flatMap(({ key, data: queue, observedAt }) => {
    const href = `/queues/${encodeURIComponent(queueId(source.name, key))}`;
    const own = problemsOf({ key, queue, href, now: observedAt });
    const stale = isStale({ sourceId: source.id, observedAt });
    return stale ? own.map((problem) => asOf(problem, observedAt)) : own;
  });
  const risk = await eviction(tx, source.id, source.name);
  return [...found, ...(risk ? [risk] : [])];
}

function problemsOf(watched: Watched): FoundProblem[] {
  const found = [
    unattended(watched),
    late(watched),
    failing(watched),
    pausedWithBacklog(watched),
    ...retryProblems(watched),
  ];
  return found.filter((problem) => problem !== null);
}

function asOf(problem: FoundProblem, at: Date): FoundProblem {
  const read = at.toISOString().slice(0, 16).replace("T", " ");
  return { ...problem, title: `${problem.title} (not read since ${read} UTC)` };
}

function unattended({ key, queue, href, now }: Watched): FoundProblem | null {
  const since = queue.unattendedSince && new Date(queue.unattendedSince);
  // Workers that restart are away for a moment: only the second look counts.
  if (!since || since.getTime() >= now.getTime()) return null;
  const title = `${queue.name}: nobody is consuming, ${jobs(queue.backlog)} waiting`;
  return { type: "queue_no_workers", entity: key, severity: "critical", title, href, since };
}

function late({ key, queue, href, now }: Watched): FoundProblem | null {
  const { oldestWaitingSeconds: oldest, objectiveSeconds } = queue;
  // Without workers, or paused, the other problem already says why.
  if (!oldest || queue.paused || queue.unattended || oldest.value <= objectiveSeconds) return null;
  const about = oldest.estimated ? "about " : "";
  const title = `${queue.name}: oldest job waits ${about}${seconds(oldest.value)}, objective ${seconds(objectiveSeconds)}`;
  const since = new Date(now.getTime() - (oldest.value - objectiveSeconds) * SECOND);
  return { type: "queue_late", entity: key, severity: "warning", title, href, since };
}

function failing({ key, queue, href }: Watched): FoundProblem | null {
  const { completed, failed, failureRatio } = queue.finished;
  if (completed === null || failed === null || failureRatio === null) return null;
  const finished = completed + failed;
  if (failureRatio < MIN_FAILURE_RATIO || finished < MIN_FINISHED) return null;
  const share = `${Math.round(failureRatio * 100)} %`;
  const title = `${queue.name}: ${share} of ${finished} jobs failed in 15 minutes`;
  return { type: "queue_failing", entity: key, severity: "warning", title, href };
}

function pausedWithBacklog({ key, queue, href }: Watched): FoundProblem | null {
  if (!queue.paused || !queue.backlog) return null;
  const title = `${queue.name}: paused, ${jobs(queue.backlog)} waiting`;
  return { type: "queue_paused", entity: key, severity: "warning", title, href };
}

/** Under memory pressure such a server deletes jobs, and nobody hears of it. */
async function eviction(tx: Sql, sourceId: string, name: string): Promise<FoundProblem | null> {
  const policy = await wrongEviction(tx, sourceId);
  if (policy === null) return null;
  const title = `${name}: maxmemory-policy is ${policy}`;
  const href = `/settings/sources#${encodeURIComponent(name)}`;
  return { type: "queue_eviction_policy", entity: name, severity: "risk", title, href };
}

const jobs = (count: number | null): string =>
  count === null ? "jobs" : `${count.toLocaleString("en")} ${count === 1 ? "job" : "jobs"}`;

function seconds(value: number): string {
  if (value < 120) return `${Math.round(value)} s`;
  return value < 7_200 ? `${Math.round(value / 60)} min` : `${Math.round(value / 3_600)} h`;
}
