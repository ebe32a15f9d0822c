import { redactText } from "#lib/core/redact.ts";
import { likeLiteral } from "#lib/db/parameters.ts";
import type { Sql } from "#lib/db/sql.ts";
import { queueId, refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import { jsonLeaves } from "./json-leaves.ts";
import { writeTerm } from "./search/grammar.ts";
import type { Suggestion } from "./search/qualifiers.ts";

const MAX_VALUES = 8;

interface Counted {
  value: string;
  source: string;
  count: number;
}

/** Where each field's values stand. */
const VALUES_OF = {
  queue: "q.key",
  name: "f.name",
  error: "g.error_class",
} as const;

/** Values that hold what was typed, those with most dead letters first. */
export async function valuesOf(
  on: Sql,
  field: keyof typeof VALUES_OF,
  typed: string,
): Promise<Suggestion[]> {
  const value = VALUES_OF[field];
  const { rows } = await on.query<Counted>(
    `SELECT ${value} AS value, ${field === "queue" ? "s.name" : "''"} AS source, coalesce(sum(c.count), 0)::float8 AS count
     FROM deadletters_facet f JOIN deadletters_group g ON g.id = f.group_id JOIN deadletters_queue q ON q.id = f.queue_id
     JOIN source s ON s.id = q.source_id LEFT JOIN deadletters_count c ON c.facet_id = f.id AND c.state = 'dead'
     WHERE ${field === "queue" ? "s.name || '~' || q.key" : value} ILIKE $1 AND ${value} <> ''
     GROUP BY 1, 2 ORDER BY count DESC, 1, 2 LIMIT ${MAX_VALUES}`,
    [`%${likeLiteral(typed)}%`],
  );
  return rows.map(({ value: found, source, count }) => {
    const queue = field === "queue" ? queueText({ value: found, source }, rows) : null;
    const text = writeTerm({ is: field, value: queue ?? found, pattern: false, negated: false });
    return { text, count, ...(queue !== null && { hint: queueId(source, found) }) };
  });
}

/** The shortest text that names just this queue among those found. */
function queueText(
  { value, source }: Pick<Counted, "value" | "source">,
  all: readonly Counted[],
): string {
  const name = refOfKey(value)?.name ?? value;
  const sameName = all.filter((each) => refOfKey(each.value)?.name === name);
  return sameName.length > 1 ? queueId(source, value) : name;
}

const MAX_HINT = 90;

/** Groups whose class or message holds what was typed. */
export async function groupsHolding(on: Sql, typed: string): Promise<Suggestion[]> {
  const { rows } = await on.query<{
    id: string;
    errorClass: string;
    message: string;
    count: number;
  }>(
    `SELECT g.id::text AS id, g.error_class AS "errorClass", g.message, coalesce(sum(c.count), 0)::float8 AS count
     FROM deadletters_group g JOIN deadletters_facet f ON f.group_id = g.id
     LEFT JOIN deadletters_count c ON c.facet_id = f.id AND c.state = 'dead'
     WHERE g.message ILIKE $1 OR g.error_class ILIKE $1 OR g.id::text = $2
     GROUP BY g.id ORDER BY count DESC, g.id LIMIT ${MAX_VALUES}`,
    [`%${likeLiteral(typed)}%`, typed],
  );
  return rows.map(({ id, errorClass, message, count }) => ({
    text: `group:${id}`,
    hint: `${errorClass}: ${message}`.slice(0, MAX_HINT),
    count,
  }));
}

/** Workers of the newest failures. */
export async function workers(on: Sql, typed: string): Promise<Suggestion[]> {
  const { rows } = await on.query<{ worker: string }>(
    `SELECT worker FROM (SELECT worker FROM deadletters_letter WHERE state = 'dead' ORDER BY failed_at DESC, id DESC LIMIT 2000) l
     WHERE worker ILIKE $1 GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT ${MAX_VALUES}`,
    [`%${likeLiteral(typed)}%`],
  );
  return rows.map(({ worker }) => ({
    text: writeTerm({ is: "worker", value: worker, pattern: false, negated: false }),
  }));
}

const SAMPLED = 30;
const MAX_BYTES = 16 * 1024;
const MAX_LEAVES = 200;

/** Paths seen in the payloads of the newest letters: keys only, never a value. */
export async function payloadPaths(on: Sql, typed: string): Promise<Suggestion[]> {
  const { rows } = await on.query<{ data: Buffer }>(
    `SELECT c.data FROM (SELECT id FROM deadletters_letter WHERE state = 'dead' ORDER BY failed_at DESC, id DESC LIMIT ${SAMPLED}) l
     JOIN deadletters_content c ON c.letter_id = l.id WHERE octet_length(c.data) <= ${MAX_BYTES}`,
  );
  const seen = new Map<string, number>();
  for (const { data } of rows) {
    const { leaves } = jsonLeaves(data.toString("utf8"), MAX_LEAVES);
    for (const path of new Set(leaves.map((leaf) => leaf.path)))
      seen.set(path, (seen.get(path) ?? 0) + 1);
  }
  return (
    [...seen]
      // A map may be keyed by e-mail address or card number.
      .filter(([path]) => path !== "" && path.includes(typed) && redactText(path) === path)
      .toSorted(([a, often], [b, oftener]) => oftener - often || a.localeCompare(b))
      .slice(0, MAX_VALUES)
      .map(([path]) => ({ text: pathText(path) }))
  );
}

/** Up to the colon: the value is the person's. */
const pathText = (path: string): string =>
  writeTerm({ is: "data", path, value: "x", negated: false }).slice(0, -1);
