import { formatInteger, plural } from "#components/data/format.ts";
import type { Run } from "#lib/actions/schema.ts";

/** How many letters an action changed, and how many were not open any more. */
export function decided(result: Run["result"]) {
  const { changed, skipped } = result as { changed: number; skipped: number };
  return (
    <p>
      {plural(changed, "letter")} changed.
      {skipped > 0
        ? ` ${formatInteger(skipped)} left alone: somebody acted on them meanwhile, or they were not open.`
        : ""}
    </p>
  );
}
