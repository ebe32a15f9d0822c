import type { z } from "zod";
import { AppError } from "#lib/core/errors.ts";
import { sql } from "#lib/db/sql.ts";
import { defineRead, type ReadContext } from "#lib/signals/define.ts";
import { freshnessOfSignal } from "#lib/signals/freshness.ts";
import { membersOf, samplesOf, TREND_BUCKETS, trendsOf } from "./group-parts.ts";
import { type GroupRow, groupsParamsSchema, groupsSchema } from "./schema.ts";
import { type Counted, countByFacet } from "./search/counts.ts";
import { sharedBySearchers } from "./search/meaning.ts";
import { isSettled, prepare } from "./search/prepare.ts";
import type { ReasonClass } from "./states.ts";

type Params = z.output<typeof groupsParamsSchema>;

/** Failures with the same cause, of those that a search finds. */
export const groups = defineRead({
  params: groupsParamsSchema,
  data: groupsSchema,
  sharedBy: sharedBySearchers,
  run: readGroups,
});

async function readGroups({ actor, now }: ReadContext, params: Params) {
  const prepared = await prepare(sql, params.q, { actor, now });
  const counted = await countByFacet(prepared);
  const facetIds = [...new Set(counted.counts.map(({ facetId }) => facetId))];
  const page = await pageOf(counted, isSettled(prepared), params);
  const shown = page.rows.slice(0, params.limit);
  const scope = { groupIds: shown.map(({ id }) => id), facetIds };
  const [trends, members, samples, freshness] = await Promise.all([
    trendsOf(scope, now),
    membersOf(scope),
    samplesOf(scope, prepared.meaning.states, counted),
    freshnessOfSignal("deadletters", null, now),
  ]);
  const rows = shown.map((row): GroupRow => {
    const { id, sortValue: _sort, all: _all, firstSeen, lastSeen, ...rest } = row;
    return {
      ...rest,
      id: String(id),
      firstSeen: firstSeen.toISOString(),
      lastSeen: lastSeen.toISOString(),
      trend: trends.get(id) ?? Array.from({ length: TREND_BUCKETS }, () => 0),
      queues: members.queues.get(id) ?? [],
      names: members.names.get(id) ?? [],
      sampleId: samples.get(id) ?? null,
    };
  });
  const last = shown.at(-1);
  const data = {
    rows,
    nextCursor: page.rows.length > shown.length && last ? encode(last) : null,
    total: page.rows[0]?.all ?? 0,
    complaints: prepared.meaning.complaints,
    note: counted.among === null ? null : noteOf(counted.among),
  };
  return { data, ...freshness };
}

const noteOf = (among: number): string =>
  `No index helps with this search: it looked at the newest ${among.toLocaleString("en")} letters only.`;

interface FoundGroup {
  id: number;
  errorClass: string;
  message: string;
  frame: string | null;
  reasonClass: ReasonClass;
  firstSeen: Date;
  lastSeen: Date;
  dead: number;
  total: number;
  sortValue: number;
  /** How many groups there are. */
  all: number;
}

const SORT_SQL: Record<Params["sort"], string> = {
  dead: "dead",
  total: "total",
  last_seen: "extract(epoch FROM last_seen)::float8",
  first_seen: "extract(epoch FROM first_seen)::float8",
};

/** All states together count where counters tell them; else the states that were searched. */
const TOTALS = {
  counters: `SELECT facet_id, sum(count)::float8 AS n FROM deadletters_count WHERE facet_id = ANY($1::int[]) GROUP BY 1`,
  given: `SELECT facet_id, sum(n)::float8 AS n FROM given GROUP BY 1`,
};

/** One page, keyset; one row more than asked when there is a next one. */
async function pageOf(counted: Counted, allStates: boolean, { sort, dir, limit, cursor }: Params) {
  const after = cursor === undefined ? null : decode(cursor);
  const { counts } = counted;
  const { rows } = await sql.query<FoundGroup>(
    `WITH given AS MATERIALIZED (
       SELECT * FROM unnest($1::int[], $2::text[], $3::float8[]) AS given(facet_id, state, n)
     ), totals AS (${allStates ? TOTALS.counters : TOTALS.given}), found AS (
       SELECT f.group_id, sum(d.dead) AS dead, sum(t.n) AS total
       FROM (SELECT facet_id, coalesce(sum(n) FILTER (WHERE state = 'dead'), 0) AS dead FROM given GROUP BY 1) d
       JOIN totals t USING (facet_id) JOIN deadletters_facet f ON f.id = d.facet_id GROUP BY 1
     ), sorted AS (
       SELECT g.id, g.error_class AS "errorClass", g.message, g.frame, g.reason_class AS "reasonClass", g.first_seen AS "firstSeen",
         g.last_seen AS "lastSeen", found.dead, found.total, ${SORT_SQL[sort]} AS "sortValue", count(*) OVER ()::int AS "all"
       FROM found JOIN deadletters_group g ON g.id = found.group_id
     )
     SELECT * FROM sorted WHERE $4::float8 IS NULL OR ("sortValue", id) ${dir === "desc" ? "<" : ">"} ($4, $5::int)
     ORDER BY "sortValue" ${dir}, id ${dir} LIMIT $6`,
    [
      counts.map(({ facetId }) => facetId),
      counts.map(({ state }) => state),
      counts.map(({ count }) => count),
      after?.value ?? null,
      after?.id ?? null,
      limit + 1,
    ],
  );
  return { rows };
}

const encode = ({ sortValue, id }: FoundGroup): string =>
  Buffer.from(JSON.stringify([sortValue, id])).toString("base64url");

function decode(text: string): { value: number; id: number } {
  try {
    const [value, id] = JSON.parse(Buffer.from(text, "base64url").toString()) as unknown[];
    const isValid =
      Number.isFinite(value) && Number.isInteger(id) && Math.abs(Number(id)) < 2 ** 31;
    if (isValid) return { value: Number(value), id: Number(id) };
  } catch {
    // Said below, like any other text that is no cursor.
  }
  throw new AppError("bad_request", "This is not a cursor of this list", {
    remedy: "Take `nextCursor` from the page before, unchanged, or leave `cursor` out.",
  });
}
