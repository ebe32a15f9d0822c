import { Parameters } from "#lib/db/parameters.ts";
import { sql, type Sql } from "#lib/db/sql.ts";
import type { Position } from "./cursor.ts";
import { conditions, inFacets, inStates, inTime, outsideWhole } from "./letters.ts";
import { isSettled, type Prepared } from "./prepare.ts";
import { withinTime } from "./within-time.ts";

export interface PageRequest {
  dir: "asc" | "desc";
  limit: number;
  /** Behind which the page begins. */
  after: Position | null;
}

/** What one page found. */
export interface FoundPage {
  found: Position[];
  /** Where to go on; null when nothing is left. */
  next: Position | null;
  /** All that match; null when this page did not have to find out. */
  total: number | null;
  /** The search stopped here before the page was full; null when it did not. */
  searchedTo: Date | null;
}

/** How much is done before another way is taken. */
export interface Effort {
  /** So many letters are looked at one by one before indexes are asked: a frequent match is found among them. */
  firstLook: number;
  /** … and so many when indexes could not tell in time. */
  longLook: number;
  /** What indexes must answer in. */
  indexMs: number;
  /** So few facets are asked one by one at once. */
  fewFacets: number;
  /** So few letters are read all. */
  fewLetters: number;
}

/** Measured with a million letters: see bench/deadletter-search.ts. */
const EFFORT: Effort = {
  firstLook: 3_000,
  longLook: 20_000,
  indexMs: 60,
  fewFacets: 40,
  fewLetters: 5_000,
};

/**
 * One page of a search in bounded time, whatever is searched for: among the next letters in their order, where frequent things are
 * found; else from indexes, where rare things are; else after a long look, behind which the next page goes on.
 */
export async function findPage(
  prepared: Prepared,
  request: PageRequest,
  effort: Effort = EFFORT,
): Promise<FoundPage> {
  const { scope, meaning } = prepared;
  if (scope.count === 0 || meaning.states.length === 0) return NOTHING;
  const isSmall = scope.count <= effort.fewLetters;
  const isQuick = isSmall || (isSettled(prepared) && scope.facets.length <= effort.fewFacets);
  const first = isQuick ? null : await look(prepared, request, effort.firstLook);
  if (first && first.searchedTo === null) return first;
  const from = isSmall ? fromFacets : fromAll;
  const found = await withinTime(effort.indexMs, (tx) => byIndexes(tx, prepared, request, from));
  return found ?? look(prepared, request, effort.longLook);
}

const NOTHING: FoundPage = { found: [], next: null, total: 0, searchedTo: null };

/** Looks through the next `many` letters in order. What is asked inside stays there: no other index is of use to it. */
async function look(prepared: Prepared, request: PageRequest, many: number): Promise<FoundPage> {
  const end = await positionAt(prepared, request, many);
  const params = new Parameters();
  const next = inOrder(prepared, request, params);
  if (end) next.push(`${PLACE} ${request.dir === "desc" ? ">=" : "<="} ${place(end, params)}`);
  const order = ordered(request, "l.failed_at", "l.id");
  const { rows } = await sql.query<Position>(
    `SELECT l.failed_at AS at, l.id FROM (SELECT * FROM deadletters_letter l WHERE ${all(next)} ${order} OFFSET 0) l
     WHERE ${all(conditions(prepared, params))} ${order} LIMIT ${request.limit + 1}`,
    params.values,
  );
  const page = pageOf(rows, request);
  const isAll = !page.next && !end && !request.after;
  return {
    ...page,
    next: page.next ?? end,
    total: isSettled(prepared) ? prepared.scope.count : isAll ? page.found.length : null,
    searchedTo: page.next ? null : (end?.at ?? null),
  };
}

/** The letter that stands `many` places further; null when there are not so many. */
async function positionAt(
  prepared: Prepared,
  request: PageRequest,
  many: number,
): Promise<Position | null> {
  const params = new Parameters();
  const { rows } = await sql.query<Position>(
    `SELECT l.failed_at AS at, l.id FROM deadletters_letter l WHERE ${all(inOrder(prepared, request, params))}
     ${ordered(request, "l.failed_at", "l.id")} OFFSET ${many - 1} LIMIT 1`,
    params.values,
  );
  return rows[0] ?? null;
}

/** Where letters are taken from that do not match by their facet alone. */
type From = (prepared: Prepared, params: Parameters) => string;

const fromAll: From = () => "deadletters_letter l";

/** The few letters of a few facets. What else is asked stays outside: no other index could be quicker. */
const fromFacets: From = ({ scope }, params) => {
  const ids = scope.facets.map(({ id }) => id);
  return `(SELECT * FROM deadletters_letter l WHERE ${inFacets(ids, params)} OFFSET 0) l`;
};

/** Asks indexes for everything that matches. */
async function byIndexes(
  on: Sql,
  prepared: Prepared,
  request: PageRequest,
  from: From,
): Promise<FoundPage> {
  const { whole, scope, meaning } = prepared;
  const params = new Parameters();
  const { rows } = await on.query<Position & { others: number }>(
    `WITH others AS MATERIALIZED (${others(prepared, from, params)})
    SELECT at, id, (SELECT count(*)::float8 FROM others) AS others FROM (
      (${ofWhole(prepared, request, params)}) UNION ALL SELECT at, id FROM others
    ) found WHERE ${request.after ? behind(request, "(at, id)", params) : "true"}
    ${ordered(request, "at", "id")} LIMIT ${request.limit + 1}`,
    params.values,
  );
  const inWhole = new Set(whole);
  const settled = scope.facets.reduce(
    (sum, { id, count }) => sum + (inWhole.has(id) ? count : 0),
    0,
  );
  const knowsWhole = whole.length === 0 || (!meaning.since && !meaning.until);
  const count = rows[0]?.others ?? (request.after ? null : 0);
  const total = knowsWhole && count !== null ? settled + count : null;
  return { ...pageOf(rows, request), total, searchedTo: null };
}

/** The next letters of each facet that matches as a whole, from the one index that has them in order. */
function ofWhole(prepared: Prepared, request: PageRequest, params: Parameters): string {
  if (prepared.whole.length === 0)
    return "SELECT NULL::timestamptz AS at, NULL::bigint AS id LIMIT 0";
  const wanted = ["l.facet_id = k.facet_id", "l.state = k.state", ...inTime(prepared, params)];
  if (request.after) wanted.push(behind(request, PLACE, params));
  return `SELECT n.at, n.id FROM deadletters_count k CROSS JOIN LATERAL (
      SELECT l.failed_at AS at, l.id FROM deadletters_letter l WHERE ${all(wanted)}
      ${ordered(request, "l.failed_at", "l.id")} LIMIT ${request.limit + 1}
    ) n WHERE k.facet_id = ANY(${params.add(prepared.whole)}::int[])
      AND k.state = ANY(${params.add(prepared.meaning.states)}::text[]) AND k.count > 0`;
}

/** Everything that matches outside of those facets. */
function others(prepared: Prepared, from: From, params: Parameters): string {
  const columns = "l.failed_at AS at, l.id";
  if (prepared.whole.length === prepared.scope.facets.length)
    return `SELECT ${columns} FROM deadletters_letter l WHERE false`;
  const source = from(prepared, params);
  const wanted = [
    ...inStates(prepared, params),
    ...inTime(prepared, params),
    ...outsideWhole(prepared, params),
  ];
  return `SELECT ${columns} FROM ${source} WHERE ${all(wanted)}`;
}

const PLACE = "(l.failed_at, l.id)";

const place = ({ at, id }: Position, params: Parameters): string =>
  `(${params.add(at)}::timestamptz, ${params.add(String(id))}::bigint)`;

function behind({ dir, after }: PageRequest, what: string, params: Parameters): string {
  return after ? `${what} ${dir === "desc" ? "<" : ">"} ${place(after, params)}` : "true";
}

const inOrder = (prepared: Prepared, request: PageRequest, params: Parameters): string[] => [
  ...inStates(prepared, params),
  ...inTime(prepared, params),
  behind(request, PLACE, params),
];

const all = (wanted: readonly string[]): string => ["true", ...wanted].join(" AND ");

const ordered = ({ dir }: PageRequest, at: string, id: string): string =>
  `ORDER BY ${at} ${dir}, ${id} ${dir}`;

function pageOf(
  rows: readonly Position[],
  { limit }: PageRequest,
): Pick<FoundPage, "found" | "next"> {
  const found = rows.slice(0, limit).map(({ at, id }) => ({ at, id }));
  return { found, next: rows.length > limit ? (found.at(-1) ?? null) : null };
}
