import type { Sql } from "#lib/db/sql.ts";
import { CUT_FIELD, MAX_LEAVES } from "../fields.ts";
import type { Meaning } from "./meaning.ts";
import { withinTime } from "./within-time.ts";

/** So many that this cannot be told in time are some, too. */
const MAX_MS = 40;

/** What a search does not see of what it asks for, in a sentence or two; null when it sees all. */
export async function unseenNote({ letters, texts }: Meaning): Promise<string | null> {
  const notes: string[] = [];
  if (letters.some(({ is }) => is === "data") && (await isAny(someAreCut)))
    notes.push(
      `Some payloads are too large to be searched in full: they are found by their first ${MAX_LEAVES} values, and -data: leaves them out.`,
    );
  if (texts.length > 0 && (await isAny(someHaveNoTrace)))
    notes.push(
      "Of some older letters the stacks are not searched, and words that exclude leave them out.",
    );
  return notes.length > 0 ? notes.join(" ") : null;
}

const isAny = async (ask: (tx: Sql) => Promise<boolean | undefined>): Promise<boolean> =>
  (await withinTime(MAX_MS, ask)) !== false;

async function someAreCut(tx: Sql): Promise<boolean | undefined> {
  // Materialised, because the planner takes the first of few to be found soon without an index.
  const { rows } = await tx.query<{ any: boolean }>(
    `WITH cut AS MATERIALIZED (SELECT id FROM deadletters_letter WHERE fields @> ARRAY[$1::bigint])
     SELECT EXISTS (SELECT FROM cut) AS any`,
    [String(CUT_FIELD)],
  );
  return rows[0]?.any;
}

/** They were captured before stacks were searched. */
async function someHaveNoTrace(tx: Sql): Promise<boolean | undefined> {
  const { rows } = await tx.query<{ any: boolean }>(
    "SELECT (SELECT id FROM deadletters_letter WHERE trace_id IS NULL ORDER BY trace_id LIMIT 1) IS NOT NULL AS any",
  );
  return rows[0]?.any;
}
