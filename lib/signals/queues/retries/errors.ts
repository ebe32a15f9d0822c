import { normalise } from "#lib/core/normalise.ts";
import { redactText } from "#lib/core/redact.ts";

/** Failures by what they say: a text without numbers, ids and personal data, and how many said it. */
export type ErrorCounts = Record<string, number>;

/** Different errors kept apart; the others are added up under this name, which no error can have. */
const MAX_KINDS = 8;
export const OTHER_ERRORS = "";

const MAX_TEXT = 160;
const MAX_READ = 500;

/** One text for all failures of a kind. Free of what looks like personal data; never empty. */
export function errorKind(reason: string): string {
  const head = reason.slice(0, MAX_READ).split("\n", 1)[0] ?? "";
  const kind = redactText(normalise(head).template);
  return kind.slice(0, MAX_TEXT) || "an error without a message";
}

/** The other side could not be reached or did not answer: the kind of error that a second attempt may cure. */
const NETWORK =
  /\bE(?:CONN(?:REFUSED|RESET|ABORTED)|TIMEDOUT|AI_AGAIN|NOTFOUND|PIPE|HOSTUNREACH|NETUNREACH)\b|socket hang up|fetch failed|network error|timed? ?out|timeout|\b(?:429|502|503|504)\b|bad gateway|service unavailable|too many requests/i;

export const isNetworkError = (reason: string): boolean => NETWORK.test(reason.slice(0, MAX_READ));

/** Adds up failures by kind, the largest kept apart. */
export function mergeErrors(...counts: readonly ErrorCounts[]): ErrorCounts {
  const sums = new Map<string, number>();
  for (const each of counts) {
    for (const [kind, count] of Object.entries(each)) sums.set(kind, (sums.get(kind) ?? 0) + count);
  }
  const other = sums.get(OTHER_ERRORS) ?? 0;
  sums.delete(OTHER_ERRORS);
  const ranked = [...sums].toSorted(([, a], [, b]) => b - a);
  const rest = ranked.slice(MAX_KINDS).reduce((sum, [, count]) => sum + count, other);
  return Object.fromEntries([
    ...ranked.slice(0, MAX_KINDS),
    ...(rest > 0 ? [[OTHER_ERRORS, rest] as const] : []),
  ]);
}
