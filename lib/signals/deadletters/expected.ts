import { AppError } from "#lib/core/errors.ts";

/** Throws `conflict` unless a search finds as many dead letters as somebody was shown in the dry run. */
export function requireExpected(found: number, expected: number): void {
  if (found === expected) return;
  throw new AppError("conflict", `The search now finds ${found} dead letters, not ${expected}`, {
    detail: "Somebody acted on some of them since they were counted. Nothing was done.",
    remedy: "Look at the new count, then decide.",
  });
}
