import { CUT_FIELD, MAX_LEAVES } from "../fields.ts";
import type { Meaning } from "./meaning.ts";
import { withinTime } from "./within-time.ts";

/** So many that this cannot be told in time are some, too. */
const MAX_MS = 40;

/** What a search for values of payloads does not see, in one sentence; null when it sees them all. */
export async function unseenNote({ letters }: Meaning): Promise<string | null> {
  if (!letters.some(({ is }) => is === "data")) return null;
  const someAreCut = await withinTime(MAX_MS, async (tx) => {
    // Materialised, because the planner takes the first of few to be found soon without an index.
    const { rows } = await tx.query<{ any: boolean }>(
      `WITH cut AS MATERIALIZED (SELECT id FROM deadletters_letter WHERE fields @> ARRAY[$1::bigint])
       SELECT EXISTS (SELECT FROM cut) AS any`,
      [String(CUT_FIELD)],
    );
    return rows[0]?.any;
  });
  if (someAreCut === false) return null;
  return `Some payloads are too large to be searched in full: they are found by their first ${MAX_LEAVES} values, and -data: leaves them out.`;
}
