import { redactText } from "#lib/core/redact.ts";
import type { Sql } from "#lib/db/sql.ts";
import { queueId, refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import type { z } from "zod";
import type { LetterRow, queueRefSchema } from "./schema.ts";
import type { LetterState } from "./states.ts";

export type ShownQueue = z.infer<typeof queueRefSchema>;

/** A queue as letters name it; `key` is `prefix:name`. */
export function shownQueue(source: string, sourceId: string, key: string): ShownQueue {
  return { source, sourceId, key, name: refOfKey(key)?.name ?? key, id: queueId(source, key) };
}

interface Row {
  id: bigint;
  source: string;
  sourceId: string;
  key: string;
  job: string;
  name: string | null;
  failedAt: Date;
  state: LetterState;
  outcome: LetterRow["outcome"];
  errorClass: string;
  message: string;
  groupId: number;
  attempts: number | null;
  maxAttempts: number | null;
  starts: number | null;
  stalls: number | null;
  poison: boolean;
  retries: number;
  edited: boolean;
}

const SELECT = `SELECT l.id, s.name AS source, s.id AS "sourceId", q.key, l.job_id AS job, l.name, l.failed_at AS "failedAt", l.state,
    l.outcome, g.error_class AS "errorClass", l.message, g.id AS "groupId", l.attempts, l.max_attempts AS "maxAttempts", l.starts,
    l.stalls, l.poison, l.retries, e.letter_id IS NOT NULL AS edited
  FROM deadletters_letter l JOIN deadletters_queue q ON q.id = l.queue_id JOIN source s ON s.id = q.source_id
  JOIN deadletters_facet f ON f.id = l.facet_id JOIN deadletters_group g ON g.id = f.group_id
  LEFT JOIN deadletters_edit e ON e.letter_id = l.id
  WHERE l.id = ANY($1::bigint[])`;

/** These letters as lists show them, in the order of the ids; those that are gone meanwhile are left out. */
export async function letterRows(on: Sql, ids: readonly bigint[]): Promise<LetterRow[]> {
  const { rows } = await on.query<Row>(SELECT, [ids.map(String)]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    return row ? [toLetterRow(row)] : [];
  });
}

function toLetterRow({ id, source, sourceId, key, failedAt, groupId, ...row }: Row): LetterRow {
  return {
    ...row,
    name: row.name && redactText(row.name),
    id: String(id),
    queue: shownQueue(source, sourceId, key),
    failedAt: failedAt.toISOString(),
    groupId: String(groupId),
  };
}
