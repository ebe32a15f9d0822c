import type { Sql } from "#lib/db/sql.ts";
import type { LetterState, ReasonClass } from "../states.ts";
import { type Prepared, storable } from "./prepare.ts";

/** A failure ready to be stored, with what its earlier failures tell. */
export interface NewLetter {
  prepared: Prepared;
  facetId: number;
  traceId: number;
  previousId: bigint | null;
  retries: number;
  poison: boolean;
}

interface StoredLetter {
  state: LetterState;
  reasonClass: ReasonClass;
}

const COLUMNS: readonly [name: string, type: string, value: (letter: NewLetter) => unknown][] = [
  ["facet_id", "int", ({ facetId }) => facetId],
  ["trace_id", "int", ({ traceId }) => traceId],
  ["job_id", "text", ({ prepared }) => prepared.failure.jobId],
  ["failed_at", "timestamptz", ({ prepared }) => new Date(prepared.failure.failedAt)],
  ["score", "text", ({ prepared }) => prepared.failure.score],
  ["event_id", "text", ({ prepared }) => prepared.failure.eventId],
  ["state", "text", ({ prepared }) => prepared.failure.state],
  ["name", "text", ({ prepared }) => prepared.name],
  ["message", "text", ({ prepared }) => prepared.message],
  ["variables", "text", ({ prepared }) => prepared.variables],
  ["attempts", "int", ({ prepared }) => prepared.failure.attempts],
  ["starts", "int", ({ prepared }) => prepared.failure.starts],
  ["stalls", "int", ({ prepared }) => prepared.failure.stalls],
  ["max_attempts", "int", ({ prepared }) => prepared.failure.maxAttempts],
  ["worker", "text", ({ prepared }) => text(prepared.failure.worker)],
  ["parent", "text", ({ prepared }) => text(prepared.failure.parent)],
  ["added_at", "timestamptz", ({ prepared }) => prepared.failure.addedAt],
  ["started_at", "timestamptz", ({ prepared }) => prepared.failure.startedAt],
  ["payload_hash", "text", ({ prepared }) => prepared.payloadHash],
  ["payload_bytes", "int", ({ prepared }) => prepared.failure.dataBytes],
  // An array of arrays would have to be a rectangle.
  ["fields", "text", ({ prepared }) => `{${prepared.fields.join()}}`],
  ["poison", "boolean", ({ poison }) => poison],
  ["retries", "int", ({ retries }) => retries],
  ["previous_id", "bigint", ({ previousId }) => previousId],
];

const NAMES = COLUMNS.map(([name]) => name).join(", ");
const VALUES = COLUMNS.map(([name]) => (name === "fields" ? "fields::bigint[]" : name)).join(", ");
const CONTENT = ["data", "opts", "error", "stacks"] as const;

const INSERT = `
WITH given AS MATERIALIZED (
  SELECT * FROM unnest(${COLUMNS.map(([, type], at) => `$${at + 2}::${type}[]`).join(", ")},
    ${CONTENT.map((name, at) => `$${at + 2 + COLUMNS.length}::${name === "data" ? "bytea" : "text"}[]`).join(", ")})
    AS given(${NAMES}, ${CONTENT.join(", ")})
), stored AS (
  INSERT INTO deadletters_letter (queue_id, ${NAMES})
  SELECT $1::int, ${VALUES} FROM given
  ON CONFLICT (queue_id, job_id, failed_at) DO NOTHING
  RETURNING id, job_id, failed_at, state, facet_id
), kept AS (
  INSERT INTO deadletters_content (letter_id, ${CONTENT.join(", ")})
  SELECT stored.id, ${CONTENT.map((name) => `given.${name}`).join(", ")} FROM stored JOIN given USING (job_id, failed_at)
)
SELECT stored.state, g.reason_class AS "reasonClass"
FROM stored JOIN deadletters_facet f ON f.id = stored.facet_id JOIN deadletters_group g ON g.id = f.group_id`;

/** Stores letters and their content; those that are known already stay as they are. Returns the new ones. */
export async function insertLetters(
  tx: Sql,
  queueId: number,
  letters: readonly NewLetter[],
): Promise<StoredLetter[]> {
  const columns = COLUMNS.map(([, , value]) => letters.map(value));
  const content = CONTENT.map((name) =>
    letters.map(({ prepared }) => {
      const value = prepared.failure[name];
      return typeof value === "string" ? storable(value) : value;
    }),
  );
  const { rows } = await tx.query<StoredLetter>(INSERT, [queueId, ...columns, ...content]);
  return rows;
}

/** In the longest script still short enough for an index. */
const MAX_TEXT = 800;
const text = (value: string | null): string | null => value && storable(value.slice(0, MAX_TEXT));
