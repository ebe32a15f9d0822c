import { AppError } from "#lib/core/errors.ts";
import type { Sql } from "#lib/db/sql.ts";
import type { LetterState } from "./states.ts";

/** A dead letter as actions need it. */
export interface Letter {
  id: bigint;
  sourceId: string;
  sourceKind: string;
  /** `prefix:name`. */
  queueKey: string;
  job: string;
  /** Null for a tombstone. */
  score: string | null;
  state: LetterState;
  name: string | null;
  attempts: number;
  /** Key of the flow job that it is a child of. */
  parent: string | null;
  payloadHash: string | null;
  actedBy: string | null;
  /** SHA-256 of the changed payload that waits for a retry. */
  editHash: string | null;
}

const LETTER = `SELECT l.id, q.source_id AS "sourceId", s.kind AS "sourceKind", q.key AS "queueKey", l.job_id AS job, l.score,
    l.state, l.name, l.attempts, l.parent, l.payload_hash AS "payloadHash", l.acted_by AS "actedBy", e.payload_hash AS "editHash"
  FROM deadletters_letter l JOIN deadletters_queue q ON q.id = l.queue_id JOIN source s ON s.id = q.source_id
  LEFT JOIN deadletters_edit e ON e.letter_id = l.id
  WHERE l.id = $1::bigint`;

/** One letter. Throws `not_found`. */
export async function letterById(tx: Sql, id: string): Promise<Letter> {
  const { rows } = await tx.query<Letter>(LETTER, [id]);
  return rows[0] ?? noSuchLetter(id);
}

/** One letter, which nobody else can change until the transaction ends. Throws `not_found`. */
export async function lockedLetter(tx: Sql, id: string): Promise<Letter> {
  await tx.query("SELECT 1 FROM deadletters_letter WHERE id = $1::bigint FOR UPDATE", [id]);
  return letterById(tx, id);
}

/** What is kept of a letter's job: its payload byte by byte and its options; null where nothing was stored. */
export interface LetterContent {
  data: Buffer | null;
  opts: string | null;
  edit: Buffer | null;
}

export async function contentOf(tx: Sql, id: bigint): Promise<LetterContent> {
  const { rows } = await tx.query<StoredContent>(
    `SELECT c.data, c.opts, e.data AS edit FROM deadletters_letter l
     LEFT JOIN deadletters_content c ON c.letter_id = l.id LEFT JOIN deadletters_edit e ON e.letter_id = l.id
     WHERE l.id = $1::bigint`,
    [String(id)],
  );
  const [stored] = rows;
  return {
    data: asBuffer(stored?.data),
    opts: stored?.opts ?? null,
    edit: asBuffer(stored?.edit),
  };
}

/** Prisma hands bytes over as Uint8Array, `pg` as Buffer. */
interface StoredContent {
  data: Uint8Array | null;
  opts: string | null;
  edit: Uint8Array | null;
}

const asBuffer = (bytes: Uint8Array | null | undefined): Buffer | null =>
  bytes ? Buffer.from(bytes) : null;

function noSuchLetter(id: string): never {
  throw new AppError("not_found", `There is no dead letter ${id}`, {
    detail: "It may be older than what Plumbline keeps.",
  });
}

/** Throws where a changed payload could never be used. */
export function requireEditable({ id, sourceKind }: Letter): void {
  if (sourceKind !== "bullmq_postgres") return;
  throw new AppError("precondition_failed", `The payload of dead letter ${id} cannot be changed`, {
    detail: "On PostgreSQL a job is retried with the payload it has.",
    remedy: "Take a change back where there is one, then retry it as it is.",
  });
}

/** Why a letter cannot be acted on as wanted, in the words of its state. */
export function notPossible(letter: Letter, wanted: string): AppError {
  const [detail, remedy] = EXPLAINED[letter.state](letter.actedBy ?? "somebody");
  return new AppError(
    "conflict",
    `Dead letter ${letter.id} cannot be ${wanted}; nothing was done`,
    {
      detail,
      remedy,
    },
  );
}

const EXPLAINED: Readonly<Record<LetterState, (by: string) => [detail: string, remedy: string]>> = {
  dead: () => ["It is dead.", "Load the page again."],
  claimed: (by) => [`It is being retried by ${by} right now.`, "Wait for the outcome."],
  retried: (by) => [`It was retried by ${by}.`, "If it failed again there is a newer dead letter."],
  moved: (by) => [`It was moved to another queue by ${by}.`, "Look for its copy there."],
  discarded: (by) => [`It was discarded by ${by}.`, "Restore it first."],
  superseded: () => [
    "Something else acted on the job after this failure.",
    "Look at the job, or at its newest failure.",
  ],
  gone: () => ["The job is not in its queue any more.", "Move a copy into a queue."],
  unknown: () => [
    "Nobody could find out whether the last retry took effect.",
    "Look at the job, then restore or discard the letter.",
  ],
  lost: () => [
    "The queue threw the payload away when the job failed.",
    "Nothing is left to retry: keep failures with removeOnFail: false.",
  ],
};
