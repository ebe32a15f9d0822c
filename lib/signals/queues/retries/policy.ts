import { canonicalJson } from "#lib/core/json.ts";
import { HOUR } from "#lib/core/time.ts";
import { type JobOptions, retryDelay } from "#lib/sources/bullmq/job-hash.ts";
import type { FINDINGS } from "./findings.ts";

/** Options that jobs of one name were seen with: samples, since a queue has no options of its own. */
export interface PolicySeen {
  name: string | null;
  options: JobOptions;
  /** Looks at such jobs. */
  looks: number;
  /** The last of them; the same job is not counted twice in a row. */
  jobId: string;
  /** ISO 8601. */
  seenAt: string;
}

export interface SampledJob {
  id: string;
  name: string | null;
  options: JobOptions;
}

const MAX_KEPT = 12;
const KEPT_MS = 24 * HOUR;
/** Names come from the application, and may be anything. */
const MAX_NAME = 80;

/** What was seen before and now; forgotten after a day, and beyond a dozen kinds. */
export function mergePolicies(
  before: readonly PolicySeen[],
  sampled: readonly SampledJob[],
  now: Date,
): PolicySeen[] {
  const kept = new Map(before.map((seen) => [identity(seen), seen]));
  for (const { id, name: full, options } of sampled) {
    const name = full?.slice(0, MAX_NAME) ?? null;
    const key = identity({ name, options });
    const seen = kept.get(key);
    const looks = (seen?.looks ?? 0) + (seen?.jobId === id ? 0 : 1);
    kept.set(key, { name, options, looks, jobId: id.slice(0, 100), seenAt: now.toISOString() });
  }
  return [...kept.values()]
    .filter(({ seenAt }) => now.getTime() - Date.parse(seenAt) <= KEPT_MS)
    .toSorted((a, b) => b.seenAt.localeCompare(a.seenAt) || b.looks - a.looks)
    .slice(0, MAX_KEPT);
}

/** A delay of one job says nothing about its kind. */
const identity = ({ name, options }: Pick<PolicySeen, "name" | "options">): string =>
  canonicalJson({ name, options: { ...options, delayMs: null } });

export interface Finding {
  id: (typeof FINDINGS)[number];
  severity: "risk" | "warning" | "info";
  /** The fact in a sentence, with its numbers. */
  seen: string;
  /** Names of the jobs it was seen on, and how many were looked at; null when it is not about jobs. */
  sampled: { names: string[]; looks: number; of: number } | null;
}

export interface LintInput {
  policies: readonly PolicySeen[];
  /** Failures of the last hour that a second attempt may have cured. */
  networkFailures: number;
  /** Jobs that failed for good in the last hour, and how many of them left nothing behind. */
  failed: number;
  lost: number;
  failedKept: number | null;
  /** Whether workers keep totals; null when there is no worker to keep them. */
  workersKeepTotals: boolean | null;
  /** Redis' maxmemory-policy when it is a wrong one. */
  eviction: string | null;
}

/** A last pause beyond it is longer than anybody waits: BullMQ's exponential backoff has no cap. */
const LONG_MS = HOUR;
const MANY_KEPT = 1_000;
const MIN_NETWORK_FAILURES = 3;
/** One may have been removed by hand. */
const MIN_LOST = 3;
const MIN_LOST_SHARE = 0.1;

const attemptsOf = ({ options }: PolicySeen): number => options.attempts ?? 1;

/** The pause before the last attempt; null when worker code decides, or when there is none. */
function lastDelay({ options }: PolicySeen): number | null {
  const attempts = options.attempts ?? 1;
  return attempts < 2 ? null : retryDelay(options.backoff, attempts - 1);
}

/** What the way jobs are retried and kept will do one day, worst first. */
export function lint(input: LintInput): Finding[] {
  const { policies } = input;
  const found = [
    input.eviction && bare("evicts_jobs", "risk", `maxmemory-policy is ${input.eviction}`),
    discards(input),
    input.networkFailures >= MIN_NETWORK_FAILURES &&
      about(
        "no_retry_on_network_errors",
        "warning",
        policies,
        (seen) => attemptsOf(seen) === 1,
        () =>
          `one attempt, and ${Math.round(input.networkFailures)} failures of the network in the last hour`,
      ),
    about(
      "no_backoff",
      "warning",
      policies,
      (seen) => attemptsOf(seen) > 1 && isAtOnce(seen.options),
      (seen) => `${attemptsOf(seen)} attempts without a pause between them`,
    ),
    about(
      "no_jitter",
      "warning",
      policies,
      (seen) => attemptsOf(seen) > 1 && isSynchronised(seen.options),
      (seen) => `${seen.options.backoff?.type} backoff without jitter`,
    ),
    about(
      "last_delay_uncapped",
      "warning",
      policies,
      (seen) => (lastDelay(seen) ?? 0) > LONG_MS,
      (seen) => `${attemptsOf(seen)} attempts: the last pause is ${hours(lastDelay(seen) ?? 0)}`,
    ),
    (input.failedKept ?? 0) >= MANY_KEPT &&
      about(
        "keeps_failures_for_ever",
        "info",
        policies,
        ({ options }) => options.removeOnFail === null,
        () =>
          `${(input.failedKept ?? 0).toLocaleString("en")} failed jobs in Redis, and nothing removes them`,
      ),
    input.workersKeepTotals === false &&
      bare("no_worker_metrics", "info", "no worker collects metrics"),
  ];
  return found.filter((finding) => finding !== null && finding !== false && finding !== "");
}

/** By the options that were seen, or by failed jobs of which nothing is left: those never show their options. */
function discards({ policies, failed, lost }: LintInput): Finding | null {
  const isMany = lost >= MIN_LOST && lost >= MIN_LOST_SHARE * failed;
  const count = isMany ? `${Math.round(lost)} of ${Math.round(failed)} in the last hour` : "";
  const found = about(
    "discards_failures",
    "risk",
    policies,
    ({ options }) => options.removeOnFail?.atOnce === true,
    () => `removeOnFail deletes failed jobs at once${isMany ? `: ${count}` : ""}`,
  );
  if (found || !isMany) return found;
  return bare("discards_failures", "risk", `nothing is left of failed jobs: ${count}`);
}

const bare = (id: Finding["id"], severity: Finding["severity"], seen: string): Finding => ({
  id,
  severity,
  seen,
  sampled: null,
});

function about(
  id: Finding["id"],
  severity: Finding["severity"],
  policies: readonly PolicySeen[],
  applies: (seen: PolicySeen) => boolean,
  fact: (worst: PolicySeen) => string,
): Finding | null {
  const guilty = policies.filter(applies).toSorted((a, b) => attemptsOf(b) - attemptsOf(a));
  const [worst] = guilty;
  if (!worst) return null;
  const names = [...new Set(guilty.flatMap(({ name }) => name ?? []))];
  return {
    id,
    severity,
    seen: fact(worst),
    sampled: { names, looks: sum(guilty), of: sum(policies) },
  };
}

const sum = (policies: readonly PolicySeen[]): number =>
  policies.reduce((total, { looks }) => total + looks, 0);

const isAtOnce = ({ backoff }: JobOptions): boolean =>
  backoff === null ||
  ((backoff.type === "fixed" || backoff.type === "exponential") && !backoff.delayMs);

/** Jobs that fail together come back together. A strategy in the worker's code may do anything. */
const isSynchronised = ({ backoff }: JobOptions): boolean =>
  backoff !== null &&
  (backoff.type === "fixed" || backoff.type === "exponential") &&
  Boolean(backoff.delayMs) &&
  !backoff.jitter;

function hours(ms: number): string {
  const value = ms / HOUR;
  return value < 48 ? `${Number(value.toPrecision(2))} hours` : `${Math.round(value / 24)} days`;
}
