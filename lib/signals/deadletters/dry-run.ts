import { type Sql, transaction } from "#lib/db/sql.ts";
import { defineRead } from "#lib/signals/define.ts";
import { freshnessOfSignal } from "#lib/signals/freshness.ts";
import { blockedQueues } from "./redrive/blocked.ts";
import { guardsOf } from "./redrive/breaker.ts";
import { MAX_REDRIVE } from "./redrive-schema.ts";
import { letterRows, shownQueue } from "./rows.ts";
import { selectionParamsSchema, selectionSchema } from "./schema.ts";
import { meaningOf, sharedBySearchers } from "./search/meaning.ts";
import { isSettled, prepare } from "./search/prepare.ts";
import { frozenQuery, type Selection, selectionOf } from "./search/select.ts";
import { unseenNote } from "./search/unseen.ts";

/** As many as a canary sends, which begins with the same ones. */
const SAMPLE = 10;

/** Longer than any search of a few million letters takes. */
const MAX_MS = 10_000;

/** What a search would cover if it were acted on now. It may take seconds: it counts exactly what would be frozen. */
export const selection = defineRead({
  params: selectionParamsSchema,
  data: selectionSchema,
  sharedBy: sharedBySearchers,
  async run({ actor, now }, { q }) {
    const freshness = await freshnessOfSignal("deadletters", null, now);
    const note = await unseenNote(meaningOf(q, { actor, now }));
    const data = await transaction(async (tx) => {
      // One moment for everything: counts, sample and the newest id.
      await tx.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
      await tx.query(`SET LOCAL statement_timeout = ${MAX_MS}`);
      const prepared = await prepare(tx, q, { actor, now });
      const upTo = await newestId(tx);
      const chosen = selectionOf(prepared, upTo);
      const parts = await partsOf(tx, chosen);
      const counted = parts.reduce((sum, { count }) => sum + count, 0);
      const tooMany = counted > MAX_REDRIVE;
      return {
        query: frozenQuery(q, now),
        total: tooMany && isSettled(prepared) ? prepared.scope.count : counted,
        tooMany,
        upTo,
        queues: await queuesOf(tx, parts),
        children: await childrenOf(tx, chosen),
        groups: await groupsOf(tx, parts),
        oldest: timeOf(parts.map(({ oldest }) => oldest).toSorted(byTime)[0]),
        newest: timeOf(
          parts
            .map(({ newest }) => newest)
            .toSorted(byTime)
            .at(-1),
        ),
        sample: await sampleOf(tx, chosen),
        complaints: prepared.meaning.complaints,
        note,
      };
    });
    return { data, ...freshness };
  },
});

async function newestId(tx: Sql): Promise<string> {
  const { rows } = await tx.query<{ id: bigint | null }>(
    "SELECT max(id) AS id FROM deadletters_letter",
  );
  return String(rows[0]?.id ?? 0);
}

/** What is selected of one facet. */
interface Part {
  facetId: number;
  queueId: number;
  count: number;
  oldest: Date;
  newest: Date;
}

async function partsOf(tx: Sql, { text, params }: Selection): Promise<Part[]> {
  const { rows } = await tx.query<Part>(
    `SELECT facet_id AS "facetId", queue_id AS "queueId", count(*)::float8 AS count, min(failed_at) AS oldest, max(failed_at) AS newest
     FROM (${text}) chosen GROUP BY 1, 2`,
    params,
  );
  return rows;
}

async function queuesOf(tx: Sql, parts: readonly Part[]) {
  const counts = sumBy(parts, ({ queueId }) => queueId);
  const ids = [...counts.keys()];
  const { rows } = await tx.query<QueueRow>(
    `SELECT q.id, q.key AS "queueKey", s.name AS source, s.id AS "sourceId", s.labels
     FROM deadletters_queue q JOIN source s ON s.id = q.source_id WHERE q.id = ANY($1::int[])`,
    [ids],
  );
  const blocked = await blockedQueues(tx, ids);
  const guards = await guardsOf(tx, rows);
  return rows
    .map(({ id, queueKey, source, sourceId }, at) => ({
      queue: shownQueue(source, sourceId, queueKey),
      count: counts.get(id) ?? 0,
      blockedBecause: blocked.get(id) ?? null,
      breaker: guards[at] ?? null,
    }))
    .toSorted((a, b) => b.count - a.count);
}

interface QueueRow {
  id: number;
  queueKey: string;
  source: string;
  sourceId: string;
  labels: Record<string, string>;
}

async function childrenOf(tx: Sql, { text, params }: Selection): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    `SELECT count(*)::float8 AS count FROM (${text}) chosen
     WHERE chosen.id IN (SELECT id FROM deadletters_letter WHERE parent IS NOT NULL)`,
    params,
  );
  return rows[0]?.count ?? 0;
}

/** The biggest ones: a dialog shows no more. */
const MAX_GROUPS = 20;

async function groupsOf(tx: Sql, parts: readonly Part[]) {
  const { rows } = await tx.query<{
    id: string;
    errorClass: string;
    message: string;
    count: number;
  }>(
    `SELECT g.id::text AS id, g.error_class AS "errorClass", g.message, sum(n.count)::float8 AS count
     FROM unnest($1::int[], $2::float8[]) AS n(facet_id, count) JOIN deadletters_facet f ON f.id = n.facet_id
     JOIN deadletters_group g ON g.id = f.group_id GROUP BY g.id ORDER BY 4 DESC, g.id LIMIT ${MAX_GROUPS}`,
    [parts.map(({ facetId }) => facetId), parts.map(({ count }) => count)],
  );
  return rows;
}

async function sampleOf(tx: Sql, { text, params }: Selection) {
  const { rows } = await tx.query<{ id: bigint }>(
    `SELECT id FROM (${text}) chosen ORDER BY failed_at, id LIMIT ${SAMPLE}`,
    params,
  );
  return letterRows(
    tx,
    rows.map(({ id }) => id),
  );
}

function sumBy(parts: readonly Part[], keyOf: (part: Part) => number): Map<number, number> {
  const sums = new Map<number, number>();
  for (const part of parts) sums.set(keyOf(part), (sums.get(keyOf(part)) ?? 0) + part.count);
  return sums;
}

const byTime = (a: Date, b: Date): number => a.getTime() - b.getTime();
const timeOf = (at: Date | undefined): string | null => at?.toISOString() ?? null;
