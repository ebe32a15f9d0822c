import { z } from "zod";
import { can } from "#lib/auth/policy.ts";
import { AppError } from "#lib/core/errors.ts";
import { redactText } from "#lib/core/redact.ts";
import { sql } from "#lib/db/sql.ts";
import { defineReadOne } from "#lib/signals/define.ts";
import { freshnessOfSignal } from "#lib/signals/freshness.ts";
import { toPayload } from "#lib/sources/bullmq/payload.ts";
import { type Failure, readFailures } from "#lib/sources/bullmq/stack.ts";
import { historyOf, type HistoryRow } from "./history.ts";
import { onlyReadBecause } from "./redrive/blocked.ts";
import { isRevealed } from "./reveal.ts";
import { letterRows } from "./rows.ts";
import { type LetterDetail, letterDetailSchema, letterIdSchema } from "./schema.ts";

/** One dead letter. What may hold personal data is masked unless this person revealed it. */
export const get = defineReadOne({
  params: z.object({}),
  data: letterDetailSchema,
  personal: true,
  async run({ actor, now }, id) {
    // What is no id names nothing.
    const [row] = isId(id) ? await letterRows(sql, [BigInt(id)]) : [];
    const stored = row && (await storedOf(id));
    if (!row || !stored) throw noSuchLetter(id);
    const revealed = can(actor, "deadletters.reveal") && (await isRevealed(sql, actor.id, id, now));
    const [history, otherFailures, dead, freshness] = await Promise.all([
      historyOf(sql, actor, { ...stored, letterId: id, sourceId: row.queue.sourceId }),
      othersOf(id),
      deadInGroup(row.groupId),
      freshnessOfSignal("deadletters", row.queue.source, now),
    ]);
    const data: LetterDetail = {
      ...row,
      worker: stored.worker,
      parent: parentOf(stored.parent),
      addedAt: stored.addedAt?.toISOString() ?? null,
      startedAt: stored.startedAt?.toISOString() ?? null,
      capturedAt: stored.capturedAt.toISOString(),
      stateAt: stored.stateAt.toISOString(),
      ...contentOf(stored, { revealed, hashes: can(actor, "deadletters.reveal") }),
      history,
      otherFailures,
      readOnlyBecause: onlyReadBecause(stored),
      noRetryBecause: noRetryBecause(stored),
      revealed,
      group: { id: row.groupId, errorClass: row.errorClass, message: stored.groupMessage, dead },
    };
    return { data, ...freshness };
  },
});

/** On Postgres a job may be retried where nothing else is possible. */
const noRetryBecause = (stored: StoredLetter): string | null =>
  stored.enabled && stored.kind === "bullmq_postgres" ? stored.noRetry : onlyReadBecause(stored);

const isId = (id: string): boolean => letterIdSchema.safeParse(id).success;

interface StoredLetter extends Omit<HistoryRow, "letterId" | "sourceId"> {
  worker: string | null;
  parent: string | null;
  startedAt: Date | null;
  payloadHash: string | null;
  payloadBytes: number | null;
  data: Buffer | null;
  opts: string | null;
  error: string | null;
  stacks: string | null;
  editData: Buffer | null;
  editHash: string | null;
  editBy: string | null;
  editAt: Date | null;
  groupMessage: string;
  kind: string;
  enabled: boolean;
  readOnly: string | null;
  noRetry: string | null;
}

async function storedOf(id: string): Promise<StoredLetter | undefined> {
  const { rows } = await sql.query<StoredLetter>(
    `SELECT l.state, l.state_at AS "stateAt", l.added_at AS "addedAt", l.started_at AS "startedAt", l.failed_at AS "failedAt",
       l.captured_at AS "capturedAt", l.attempts, l.retries, l.worker, l.parent, l.payload_hash AS "payloadHash",
       l.payload_bytes AS "payloadBytes", l.run_id AS "runId", l.redrive_id AS "redriveId", l.acted_by AS "actedBy",
       l.acted_reason AS "actedReason", l.outcome, l.outcome_at AS "outcomeAt", l.previous_id::text AS "previousId",
       c.data, c.opts, c.error, c.stacks, e.data AS "editData", e.payload_hash AS "editHash", e.by AS "editBy", e.at AS "editAt",
       g.message AS "groupMessage", s.kind, s.enabled, n.data ->> 'readOnlyBecause' AS "readOnly",
       n.data ->> 'noRetryBecause' AS "noRetry"
     FROM deadletters_letter l JOIN deadletters_queue q ON q.id = l.queue_id JOIN source s ON s.id = q.source_id
     JOIN deadletters_facet f ON f.id = l.facet_id JOIN deadletters_group g ON g.id = f.group_id
     LEFT JOIN deadletters_content c ON c.letter_id = l.id LEFT JOIN deadletters_edit e ON e.letter_id = l.id
     LEFT JOIN entity n ON n.source_id = q.source_id AND n.signal = 'queues' AND n.key = q.key
     WHERE l.id = $1::bigint`,
    [id],
  );
  return rows[0];
}

/**
 * What was stored of the job, as this person may see it. A hash tells a card number to whoever tries them all, so it is only for
 * those who may reveal what it is of.
 */
function contentOf(
  stored: StoredLetter,
  { revealed, hashes }: { revealed: boolean; hashes: boolean },
) {
  const { data, opts, payloadBytes, payloadHash, editData, editHash, editBy, editAt } = stored;
  const show = revealed ? (text: string): string => text : redactText;
  const edit = editData && editHash && editBy && editAt;
  return {
    payload: toPayload(data?.toString("utf8") ?? null, payloadBytes ?? 0, revealed),
    payloadHash: hashes ? payloadHash : null,
    edit: edit
      ? {
          payload: toPayload(editData.toString("utf8"), editData.length, revealed),
          hash: hashes ? editHash : null,
          by: editBy,
          at: editAt.toISOString(),
        }
      : null,
    options: {
      text: opts && show(opts.slice(0, 2 * MAX_OPTIONS)).slice(0, MAX_OPTIONS),
      masked: !revealed,
      bytes: Buffer.byteLength(opts ?? ""),
      note:
        (opts?.length ?? 0) > MAX_OPTIONS
          ? `Only the first ${MAX_OPTIONS / 1024} kB are shown.`
          : null,
    },
    failures: failuresOf(stored, revealed, show),
  };
}

/** The stack of each attempt; a failure without one still has its message. */
function failuresOf(
  { stacks, attempts, error }: StoredLetter,
  revealed: boolean,
  show: (text: string) => string,
): Failure[] {
  const failures = readFailures(stacks, attempts ?? 0, revealed);
  if (failures.length > 0 || error === null) return failures;
  const message = show(error.slice(0, 2 * MAX_ERROR)).slice(0, MAX_ERROR);
  return [{ attempt: attempts ?? 1, message, frames: [] }];
}

/** `prefix:queue:id`; ids of schedulers hold colons themselves and have no parents. */
function parentOf(key: string | null): { queue: string; job: string } | null {
  const at = key?.lastIndexOf(":") ?? -1;
  return key && at > 0 ? { queue: key.slice(0, at), job: key.slice(at + 1) } : null;
}

const MAX_OTHERS = 50;
/** Characters: masking takes time with the length. */
const MAX_OPTIONS = 64 * 1024;
const MAX_ERROR = 4_000;

async function othersOf(id: string): Promise<LetterDetail["otherFailures"]> {
  const { rows } = await sql.query<{
    id: string;
    failedAt: Date;
    state: LetterDetail["state"];
  }>(
    `SELECT o.id::text, o.failed_at AS "failedAt", o.state FROM deadletters_letter l
     JOIN deadletters_letter o ON o.queue_id = l.queue_id AND o.job_id = l.job_id AND o.id <> l.id
     WHERE l.id = $1::bigint ORDER BY o.failed_at DESC, o.id DESC LIMIT ${MAX_OTHERS}`,
    [id],
  );
  return rows.map((row) => ({ ...row, failedAt: row.failedAt.toISOString() }));
}

async function deadInGroup(groupId: string): Promise<number> {
  const { rows } = await sql.query<{ dead: number }>(
    `SELECT coalesce(sum(c.count), 0)::float8 AS dead FROM deadletters_facet f JOIN deadletters_count c ON c.facet_id = f.id
     WHERE f.group_id = $1::int AND c.state = 'dead'`,
    [groupId],
  );
  return rows[0]?.dead ?? 0;
}

function noSuchLetter(id: string): AppError {
  return new AppError("not_found", `There is no dead letter ${id.slice(0, 40)}`, {
    detail: "It was never stored, or it is older than what Plumbline keeps.",
    remedy: "See the list of dead letters.",
  });
}
