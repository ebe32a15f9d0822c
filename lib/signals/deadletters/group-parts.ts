import { DAY, HOUR } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import { type ShownQueue, shownQueue } from "./rows.ts";
import type { Counted } from "./search/counts.ts";
import type { LetterState } from "./states.ts";

/** The groups of one page, and the facets of the search: a group shows only its part in them. */
export interface GroupScope {
  groupIds: readonly number[];
  facetIds: readonly number[];
}

/** Hours of the last day. */
export const TREND_BUCKETS = 24;
const MAX_NAMES = 20;

/** Arrivals of the last 24 hours, oldest first; a group without any is missing. */
export async function trendsOf(
  { groupIds, facetIds }: GroupScope,
  now: Date,
): Promise<Map<number, number[]>> {
  const { rows } = await sql.query<{ id: number; bucket: number; count: number }>(
    `SELECT f.group_id AS id, floor(extract(epoch FROM a.at - $3::timestamptz) / ${HOUR / 1_000})::int AS bucket, sum(a.count)::float8 AS count
     FROM deadletters_facet f JOIN deadletters_arrival a ON a.facet_id = f.id
     WHERE f.group_id = ANY($1::int[]) AND f.id = ANY($2::int[]) AND a.at >= $3::timestamptz AND a.at < $4::timestamptz GROUP BY 1, 2`,
    [groupIds, facetIds, new Date(now.getTime() - DAY), now],
  );
  const trends = new Map<number, number[]>();
  for (const { id, bucket, count } of rows) {
    const trend = trends.get(id) ?? Array.from({ length: TREND_BUCKETS }, () => 0);
    if (bucket in trend) trend[bucket] = count;
    trends.set(id, trend);
  }
  return trends;
}

interface Member {
  id: number;
  name: string;
  key: string;
  source: string;
  sourceId: string;
  dead: number;
}

/** The queues of each group, those with most dead letters first, and its job names. */
export async function membersOf({ groupIds, facetIds }: GroupScope) {
  const { rows } = await sql.query<Member>(
    `SELECT f.group_id AS id, f.name, q.key, s.name AS source, s.id AS "sourceId", coalesce(c.count, 0)::float8 AS dead
     FROM deadletters_facet f JOIN deadletters_queue q ON q.id = f.queue_id JOIN source s ON s.id = q.source_id
     LEFT JOIN deadletters_count c ON c.facet_id = f.id AND c.state = 'dead'
     WHERE f.group_id = ANY($1::int[]) AND f.id = ANY($2::int[]) ORDER BY dead DESC, f.id`,
    [groupIds, facetIds],
  );
  const queues = new Map<number, { queue: ShownQueue; dead: number }[]>();
  const names = new Map<number, string[]>();
  for (const [id, members] of Map.groupBy(rows, (row) => row.id)) {
    const byQueue = Map.groupBy(members, ({ source, key }) => `${source}~${key}`).values();
    const summed = [...byQueue].map((own) => {
      const { source, sourceId, key } = own[0] as Member;
      return {
        queue: shownQueue(source, sourceId, key),
        dead: own.reduce((sum, { dead }) => sum + dead, 0),
      };
    });
    queues.set(
      id,
      summed.toSorted((a, b) => b.dead - a.dead),
    );
    const all = new Set(members.map(({ name }) => name).filter((name) => name !== ""));
    names.set(id, [...all].slice(0, MAX_NAMES));
  }
  return { queues, names };
}

/** A letter of each group to look at: the newest that the search finds. */
export async function samplesOf(
  { groupIds, facetIds }: GroupScope,
  states: readonly LetterState[],
  { counts }: Counted,
): Promise<Map<number, string>> {
  const found = counts.filter(({ newestId }) => newestId !== null);
  const { rows } = await sql.query<{ id: number; sample: string }>(
    `SELECT DISTINCT ON (group_id) group_id AS id, sample::text FROM (
       SELECT f.group_id, n.failed_at, n.id AS sample FROM deadletters_facet f
       JOIN deadletters_count k ON k.facet_id = f.id AND k.state = ANY($3::text[]) AND k.count > 0
       CROSS JOIN LATERAL (SELECT l.failed_at, l.id FROM deadletters_letter l WHERE l.facet_id = f.id AND l.state = k.state
         ORDER BY l.failed_at DESC, l.id DESC LIMIT 1) n
       WHERE f.group_id = ANY($1::int[]) AND f.id = ANY($2::int[]) AND f.id <> ALL($4::int[])
       UNION ALL
       SELECT f.group_id, l.failed_at, l.id FROM deadletters_letter l JOIN deadletters_facet f ON f.id = l.facet_id
       WHERE l.id = ANY($5::bigint[]) AND f.group_id = ANY($1::int[])
     ) newest ORDER BY group_id, failed_at DESC, sample DESC`,
    [
      groupIds,
      facetIds,
      states,
      found.map(({ facetId }) => facetId),
      found.map(({ newestId }) => String(newestId)),
    ],
  );
  return new Map(rows.map(({ id, sample }) => [id, sample]));
}
