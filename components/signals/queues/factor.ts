import { formatCount, formatPercent, UNKNOWN } from "#components/data/format.ts";

/** 1.4×, 0.76×, 24.1×; a dash when it is not known. */
export function factor(value: number | null): string {
  if (value === null) return UNKNOWN;
  return `${formatCount(value < 10 ? Math.round(value * 100) / 100 : value)}×`;
}

/** Of a budget: 85%, 140%, and 24× when it is far beyond. */
export function budgetShare(used: number | null): string {
  if (used !== null && used >= 2) return factor(used);
  return formatPercent(used === null ? null : Math.round(used * 100) / 100);
}
