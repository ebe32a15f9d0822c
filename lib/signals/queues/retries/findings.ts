/** What a look at options and workers may find; in the order of how bad it is. */
export const FINDINGS = [
  "evicts_jobs",
  "discards_failures",
  "keeps_few_failures",
  "no_retry_on_network_errors",
  "no_backoff",
  "no_jitter",
  "last_delay_uncapped",
  "keeps_failures_for_ever",
  "no_worker_metrics",
] as const;
