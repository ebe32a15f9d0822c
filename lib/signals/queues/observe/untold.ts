import type { JobFacts, JobOptions } from "#lib/sources/bullmq/job-hash.ts";
import type { SampledJob } from "../retries/policy.ts";
import type { Lives } from "./lives.ts";

/** A value that stands for `weight` of them. */
export interface Weighted {
  value: number;
  weight: number;
}

/** What the hashes of sampled jobs add to what the stream told. */
export interface Told {
  first: number;
  again: number;
  /** Share of the jobs that went back which had a failed attempt; null when none could be looked at. */
  failedShare: number | null;
  waits: Weighted[];
  runs: Weighted[];
  reasons: { text: string; weight: number }[];
  /** Jobs that failed for good and are gone. */
  lost: number;
  /** The jobs that were looked at. */
  policies: SampledJob[];
}

export const NOTHING_TOLD: Told = {
  first: 0,
  again: 0,
  failedShare: null,
  waits: [],
  runs: [],
  reasons: [],
  lost: 0,
  policies: [],
};

/** A job as it is now. */
export interface SeenJob {
  id: string;
  facts: JobFacts;
  options: JobOptions | null;
  /** Why its last attempt failed; null when it did not, or when that is too long to read. */
  reason: string | null;
  /** It waits for other jobs, not for a worker. */
  isParent: boolean;
}

/** Looks at some jobs; null stands for one that is gone. */
export type LookAt = (ids: readonly string[]) => Promise<(SeenJob | null)[]>;

/**
 * Looks at the sampled jobs themselves, some 40 at most. Producers' and workers' clocks decide here, and jobs that are removed when
 * they complete are gone: what cannot be told is left out. A start that nothing is known of counts as a first one, so that no
 * retry is made up.
 */
export async function tellUntold(look: LookAt, lives: Lives): Promise<Told> {
  const samples = [lives.starts, lives.ends, lives.returns, lives.failures, lives.begun];
  const ids = [...new Set(samples.flatMap(({ sample }) => sample.map(({ id }) => id)))];
  if (ids.length === 0) return NOTHING_TOLD;
  const jobs = await look(ids);
  const byId = new Map(jobs.flatMap((job) => (job ? [[job.id, job] as const] : [])));
  const policies = [...byId.values()].flatMap(({ id, facts, options }) =>
    options ? [{ id, name: facts.name, options }] : [],
  );
  return {
    ...toldStarts(lives, byId),
    runs: toldRuns(lives, byId),
    ...toldReturns(lives, byId),
    lost: toldLost(lives, byId),
    policies,
  };
}

type Jobs = ReadonlyMap<string, SeenJob>;

function toldStarts(lives: Lives, jobs: Jobs): Pick<Told, "first" | "again" | "waits"> {
  const { sample, count, untimed } = lives.starts;
  const seen = sample.flatMap((one) => {
    const job = jobs.get(one.id);
    return job ? [{ ...one, ...job, isFirst: startsOf(job.facts) <= 1 }] : [];
  });
  const firsts = seen.filter(({ isFirst }) => isFirst).length;
  const first = seen.length === 0 ? count : (count * firsts) / seen.length;
  const blind = seen.filter(({ timed }) => !timed);
  const waits = blind.flatMap(({ isFirst, isParent, facts, options, at }): Weighted[] => {
    if (!isFirst || isParent || !facts.addedAt) return [];
    const delay = options?.delayMs ?? 0;
    const wait = at - facts.addedAt.getTime() - delay;
    // It began before its delay was over: somebody promoted it, nobody knows when.
    if (delay > 0 && wait < 0) return [];
    return [{ value: Math.max(wait, 0), weight: untimed / blind.length }];
  });
  return { first, again: count - first, waits };
}

/** BullMQ before 5 counts an attempt when it starts, and knows no starts of its own. */
const startsOf = ({ attemptsStarted, attemptsMade }: JobFacts): number =>
  attemptsStarted ?? attemptsMade;

function toldRuns(lives: Lives, jobs: Jobs): Weighted[] {
  const runs = lives.ends.sample.flatMap(({ id }) => {
    const { startedAt, finishedAt } = jobs.get(id)?.facts ?? {};
    return startedAt && finishedAt ? [Math.max(finishedAt.getTime() - startedAt.getTime(), 0)] : [];
  });
  return runs.map((value) => ({ value, weight: lives.ends.count / runs.length }));
}

function toldReturns(lives: Lives, jobs: Jobs): Pick<Told, "failedShare" | "reasons"> {
  const seen = lives.returns.sample.flatMap(({ id }) => jobs.get(id) ?? []);
  if (seen.length === 0) return { failedShare: null, reasons: [] };
  // A worker may also put a job back without a failure: rate limited, or to be continued later.
  const failedShare = seen.filter(({ facts }) => failuresOf(facts) > 0).length / seen.length;
  const texts = seen.flatMap(({ reason }) => (reason === null ? [] : [reason]));
  const weight = (lives.returns.count * failedShare) / Math.max(texts.length, 1);
  return { failedShare, reasons: texts.map((text) => ({ text, weight })) };
}

/** Attempts that failed and were not the last: the one that ended a job counts for itself. */
const failuresOf = ({ attemptsMade, finishedAt }: JobFacts): number =>
  attemptsMade - (finishedAt ? 1 : 0);

/** `removeOnFail` leaves nothing of a job, and no event says so. Somebody may also have removed it since. */
function toldLost({ failures }: Lives, jobs: Jobs): number {
  const gone = failures.sample.filter(({ id }) => !jobs.has(id)).length;
  return gone === 0 ? 0 : (failures.count * gone) / failures.sample.length;
}
