import type { ReasonClass } from "../states.ts";

/** In this order: the first that fits is the reason. */
const RULES: readonly [ReasonClass, RegExp][] = [
  ["stalled", /\bstalled\b|lost its lock|missing lock/i],
  [
    "rate_limit",
    /rate.?limit|too many requests|throttl|quota exceeded|(?:status(?: code)?|http)\W{0,3}429\b/i,
  ],
  [
    "timeout",
    /time[d ]?.?out|ETIMEDOUT|ESOCKETTIMEDOUT|deadline exceeded|AbortError|(?:status(?: code)?|http)\W{0,3}(?:408|504)\b/i,
  ],
  [
    "network",
    /ECONN(?:REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|EPIPE|EHOSTUNREACH|ENETUNREACH|socket hang up|fetch failed|getaddrinfo|connection (?:refused|reset|closed|terminated|lost)|network error|bad gateway|service unavailable|(?:status(?: code)?|http)\W{0,3}50[23]\b/i,
  ],
  [
    "auth",
    /unauthori[sz]ed|forbidden|permission denied|access denied|EACCES|invalid (?:token|credentials|api key|signature)|\bjwt\b|(?:status(?: code)?|http)\W{0,3}40[13]\b/i,
  ],
  [
    "conflict",
    /conflict|duplicate|unique constraint|already exists|deadlock|serialization failure|(?:status(?: code)?|http)\W{0,3}409\b|\bP2002\b/i,
  ],
  [
    "not_found",
    /not found|no such|does not exist|ENOENT|unknown (?:user|customer|order|account|id)|(?:status(?: code)?|http)\W{0,3}(?:404|410)\b|\bP2025\b/i,
  ],
  [
    "bug",
    /^(?:Type|Reference|Range|Syntax|Assertion|URI|Eval)Error\b|is not a function|of undefined|of null|cannot read propert/i,
  ],
  [
    "validation",
    /validat|invalid|malformed|is required|missing required|must (?:be|have|not)|ZodError|unexpected token|(?:status(?: code)?|http)\W{0,3}(?:400|422)\b/i,
  ],
];

/** One of a fixed few kinds of reasons, for metrics. */
export function reasonClass(errorClass: string, message: string): ReasonClass {
  const text = `${errorClass}: ${message}`.slice(0, 1_000);
  return RULES.find(([, rule]) => rule.test(text))?.[0] ?? "other";
}
