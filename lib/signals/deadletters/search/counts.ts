import { Parameters } from "#lib/db/parameters.ts";
import { sql, type Sql } from "#lib/db/sql.ts";
import type { LetterState } from "../states.ts";
import { conditions, inStates, inTime, outsideWhole } from "./letters.ts";
import { isSettled, type Prepared } from "./prepare.ts";
import { withinTime } from "./within-time.ts";

/** Letters of one facet in one state that a search finds. */
export interface FacetCount {
  facetId: number;
  state: LetterState;
  count: number;
  /** The newest of them by arrival; null where counters told the number. */
  newestId: bigint | null;
}

export interface Counted {
  counts: FacetCount[];
  /** So many of the newest letters were looked at; null when it is the count of all. */
  among: number | null;
}

/** What indexes must answer in before only the newest letters are counted. */
const COUNT_MS = 40;
const NEWEST = 5_000;

/** How many letters of each facet a search finds. */
export async function countByFacet(prepared: Prepared): Promise<Counted> {
  if (prepared.scope.facets.length === 0 || prepared.meaning.states.length === 0)
    return { counts: [], among: null };
  if (isSettled(prepared)) return { counts: await counters(sql, prepared), among: null };
  const counts = await withinTime(COUNT_MS, async (tx) => [
    ...(await matching(tx, prepared)),
    ...(isTimed(prepared) ? [] : await counters(tx, prepared)),
  ]);
  return counts ? { counts, among: null } : { counts: await amongNewest(prepared), among: NEWEST };
}

const isTimed = ({ meaning: { since, until } }: Prepared): boolean =>
  since !== null || until !== null;

/** Of the facets that match as a whole. */
async function counters(on: Sql, { whole, meaning }: Prepared): Promise<FacetCount[]> {
  const { rows } = await on.query<FacetCount>(
    `SELECT facet_id AS "facetId", state, count::float8 AS count, NULL::bigint AS "newestId" FROM deadletters_count
     WHERE facet_id = ANY($1::int[]) AND state = ANY($2::text[]) AND count > 0`,
    [whole, meaning.states],
  );
  return rows;
}

/** Letter by letter; whole facets are left to the counters, unless times cut through them. */
async function matching(on: Sql, prepared: Prepared): Promise<FacetCount[]> {
  const params = new Parameters();
  const wanted = [
    ...inStates(prepared, params),
    ...inTime(prepared, params),
    ...(isTimed(prepared) ? conditions(prepared, params) : outsideWhole(prepared, params)),
  ];
  return grouped(on, `deadletters_letter l WHERE ${["true", ...wanted].join(" AND ")}`, params);
}

async function amongNewest(prepared: Prepared): Promise<FacetCount[]> {
  const params = new Parameters();
  const within = [...inStates(prepared, params), ...inTime(prepared, params)];
  const newest = `(SELECT * FROM deadletters_letter l WHERE ${["true", ...within].join(" AND ")}
    ORDER BY l.failed_at DESC, l.id DESC LIMIT ${NEWEST}) l`;
  const wanted = conditions(prepared, params);
  return grouped(sql, `${newest} WHERE ${["true", ...wanted].join(" AND ")}`, params);
}

async function grouped(on: Sql, from: string, params: Parameters): Promise<FacetCount[]> {
  const { rows } = await on.query<FacetCount>(
    `SELECT l.facet_id AS "facetId", l.state, count(*)::float8 AS count, max(l.id) AS "newestId" FROM ${from} GROUP BY 1, 2`,
    params.values,
  );
  return rows;
}
