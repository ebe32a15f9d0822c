import { HOUR, SECOND } from "#lib/core/time.ts";
import { type JobOptions, type KeepPolicy, retryDelay } from "#lib/sources/bullmq/job-hash.ts";
import type { FINDINGS } from "./findings.ts";
import type { PolicySeen } from "./policy.ts";

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
/** An outage makes more failures than these within minutes, and nobody looks at them sooner. */
const FEW_KEPT = 1_000;
const SHORTLY_KEPT_S = HOUR / SECOND;
const MIN_NETWORK_FAILURES = 3;
/** One may have been removed by hand. */
const MIN_LOST = 3;
const MIN_LOST_SHARE = 0.1;

/** What options may be bad for, and when. */
interface Rule {
  id: Finding["id"];
  severity: Finding["severity"];
  applies(options: JobOptions, input: LintInput): boolean;
  fact(worst: JobOptions, input: LintInput): string;
}

const RULES: readonly Rule[] = [
  {
    id: "discards_failures",
    severity: "risk",
    applies: ({ removeOnFail }) => removeOnFail?.atOnce === true,
    fact: (_options, input) => {
      const count = lostCount(input);
      return `removeOnFail deletes failed jobs at once${count === null ? "" : `: ${count}`}`;
    },
  },
  {
    id: "keeps_few_failures",
    severity: "warning",
    applies: ({ removeOnFail }) => removeOnFail !== null && isSoonGone(removeOnFail),
    fact: ({ removeOnFail }) => describeKept(removeOnFail),
  },
  {
    id: "no_retry_on_network_errors",
    severity: "warning",
    applies: (options, input) =>
      attemptsOf(options) === 1 && input.networkFailures >= MIN_NETWORK_FAILURES,
    fact: (_options, { networkFailures }) =>
      `one attempt, and ${Math.round(networkFailures)} failures of the network in the last hour`,
  },
  {
    id: "no_backoff",
    severity: "warning",
    applies: (options) => attemptsOf(options) > 1 && isAtOnce(options),
    fact: (options) => `${attemptsOf(options)} attempts without a pause between them`,
  },
  {
    id: "no_jitter",
    severity: "warning",
    applies: (options) => attemptsOf(options) > 1 && isSynchronised(options),
    fact: ({ backoff }) => `${backoff?.type} backoff without jitter`,
  },
  {
    id: "last_delay_uncapped",
    severity: "warning",
    applies: (options) => lastDelay(options) > LONG_MS,
    fact: (options) =>
      `${attemptsOf(options)} attempts: the last pause is ${hours(lastDelay(options))}`,
  },
  {
    id: "keeps_failures_for_ever",
    severity: "info",
    applies: ({ removeOnFail }, { failedKept }) =>
      removeOnFail === null && (failedKept ?? 0) >= MANY_KEPT,
    fact: (_options, { failedKept }) =>
      `${(failedKept ?? 0).toLocaleString("en")} failed jobs are kept, and nothing removes them`,
  },
];

/** What the way jobs are retried and kept will do one day, worst first. */
export function lint(input: LintInput): Finding[] {
  const found = RULES.flatMap((rule) => judge(rule, input) ?? []);
  if (input.eviction !== null) {
    found.unshift(bare("evicts_jobs", "risk", `maxmemory-policy is ${input.eviction}`));
  }
  // Jobs that leave nothing behind never show their options.
  const count = lostCount(input);
  if (count !== null && !found.some(({ id }) => id === "discards_failures")) {
    found.unshift(bare("discards_failures", "risk", `nothing is left of failed jobs: ${count}`));
  }
  if (input.workersKeepTotals === false) {
    found.push(bare("no_worker_metrics", "info", "no worker collects metrics"));
  }
  return found;
}

function judge({ id, severity, applies, fact }: Rule, input: LintInput): Finding | null {
  const guilty = input.policies
    .filter(({ options }) => applies(options, input))
    .toSorted((a, b) => attemptsOf(b.options) - attemptsOf(a.options));
  const [worst] = guilty;
  if (!worst) return null;
  const names = [...new Set(guilty.flatMap(({ name }) => name ?? []))];
  const sampled = { names, looks: looksOf(guilty), of: looksOf(input.policies) };
  return { id, severity, seen: fact(worst.options, input), sampled };
}

const bare = (id: Finding["id"], severity: Finding["severity"], seen: string): Finding => ({
  id,
  severity,
  seen,
  sampled: null,
});

function lostCount({ failed, lost }: LintInput): string | null {
  if (lost < MIN_LOST || lost < MIN_LOST_SHARE * failed) return null;
  return `${Math.round(lost)} of ${Math.round(failed)} in the last hour`;
}

const looksOf = (policies: readonly PolicySeen[]): number =>
  policies.reduce((sum, { looks }) => sum + looks, 0);

const attemptsOf = ({ attempts }: JobOptions): number => attempts ?? 1;

/** The pause before the last attempt; 0 when there is none, or when worker code decides. */
const lastDelay = (options: JobOptions): number =>
  attemptsOf(options) < 2 ? 0 : (retryDelay(options.backoff, attemptsOf(options) - 1) ?? 0);

const isBuiltIn = ({ backoff }: JobOptions): boolean =>
  backoff?.type === "fixed" || backoff?.type === "exponential";

const isAtOnce = (options: JobOptions): boolean =>
  options.backoff === null || (isBuiltIn(options) && !options.backoff.delayMs);

/** Jobs that fail together come back together. A strategy in the worker's code may do anything. */
const isSynchronised = (options: JobOptions): boolean =>
  isBuiltIn(options) && Boolean(options.backoff?.delayMs) && !options.backoff?.jitter;

const isSoonGone = ({ atOnce, keepCount, keepSeconds }: KeepPolicy): boolean =>
  !atOnce &&
  ((keepCount ?? FEW_KEPT) < FEW_KEPT || (keepSeconds ?? SHORTLY_KEPT_S) < SHORTLY_KEPT_S);

function describeKept(policy: KeepPolicy | null): string {
  const { keepCount, keepSeconds } = policy ?? {};
  const last = typeof keepCount === "number" ? `the last ${keepCount.toLocaleString("en")}` : "all";
  const age = typeof keepSeconds === "number" ? ` for ${keepSeconds.toLocaleString("en")} s` : "";
  return `the queue keeps ${last} of its failures${age}`;
}

function hours(ms: number): string {
  const value = ms / HOUR;
  return value < 48 ? `${Number(value.toPrecision(2))} hours` : `${Math.round(value / 24)} days`;
}
