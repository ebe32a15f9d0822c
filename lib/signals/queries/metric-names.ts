/** Counted when a collection is stored, exposed by `metrics.ts`. */
export const EVICTIONS = "plumbline_statement_evictions_total";
