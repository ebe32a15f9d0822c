import { canonicalJson } from "#lib/core/json.ts";
import { HOUR } from "#lib/core/time.ts";
import type { JobOptions } from "#lib/sources/bullmq/job-hash.ts";

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
