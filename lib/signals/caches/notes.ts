import { sql } from "#lib/db/sql.ts";

/** What the last collection of each source could not read, one sentence each. */
export async function readNotes(source: string | null): Promise<string[]> {
  const { rows } = await sql.query<{ name: string; unread: string[] }>(
    `SELECT s.name, c.unread FROM collection c JOIN source s ON s.id = c.source_id AND s.enabled
     WHERE c.signal = 'caches' AND ($1::text IS NULL OR s.name = $1) ORDER BY s.name`,
    [source],
  );
  return rows.flatMap(({ name, unread }) => unread.map((sentence) => `${name}: ${sentence}`));
}
