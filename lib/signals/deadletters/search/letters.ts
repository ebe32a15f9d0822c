import { likeLiteral, type Parameters } from "#lib/db/parameters.ts";
import { CUT_FIELD, fieldHash } from "../fields.ts";
import { LETTER_STATES } from "../states.ts";
import { pattern, type PlacedText } from "./facets.ts";
import { nameVaries, resolve } from "./meaning.ts";
import type { Prepared } from "./prepare.ts";
import type { Term } from "./terms.ts";

export function inStates({ meaning: { states } }: Prepared, params: Parameters): string[] {
  if (states.length === LETTER_STATES.length) return [];
  if (states.length === 1) return [`l.state = ${params.add(states[0])}`];
  return [`l.state = ANY(${params.add(states)}::text[])`];
}

export function inTime({ meaning: { since, until } }: Prepared, params: Parameters): string[] {
  const from = since ? [`l.failed_at >= ${params.add(since)}::timestamptz`] : [];
  return until ? [...from, `l.failed_at < ${params.add(until)}::timestamptz`] : from;
}

/** Everything else that a letter must meet. */
export function conditions(prepared: Prepared, params: Parameters): string[] {
  const { meaning, scope, now } = prepared;
  const found: string[] = [];
  if (meaning.facets.length > 0)
    found.push(
      inFacets(
        scope.facets.map(({ id }) => id),
        params,
      ),
    );
  for (const placed of scope.texts) {
    const matches = textCondition(placed, params);
    // What letters from before traces were kept say is not known in full.
    found.push(placed.text.negated ? `NOT (${matches} OR l.trace_id IS NULL)` : `(${matches})`);
  }
  const positive = meaning.letters.filter(({ negated }) => !negated);
  for (const alternatives of Map.groupBy(positive, alternativeTo).values())
    found.push(`(${alternatives.map((term) => condition(term, params, now)).join(" OR ")})`);
  for (const term of meaning.letters.filter(({ negated }) => negated))
    found.push(`(${condition(term, params, now)}) IS NOT TRUE`);
  return found;
}

export const inFacets = (ids: readonly number[], params: Parameters): string =>
  `l.facet_id = ANY(${params.add(ids)}::int[])`;

/** What letters of other facets than those that match as a whole must meet. */
export function outsideWhole(prepared: Prepared, params: Parameters): string[] {
  const { meaning, scope, whole } = prepared;
  const found = conditions(prepared, params);
  if (whole.length > 0) found.push(`NOT ${inFacets(whole, params)}`);
  // Where nothing else can keep a facet from matching as a whole, a letter outside matches by its own values: an index knows them.
  const onlyTexts = meaning.letters.length === 0 && meaning.texts.every(({ negated }) => !negated);
  if (onlyTexts && meaning.texts.length > 0) {
    const texts = scope.texts.map((placed) => ownText(placed, params));
    found.push(`(${texts.join(" OR ")})`);
  }
  return found;
}

function textCondition(placed: PlacedText, params: Parameters): string {
  const whole = amongst("facet_id", placed.facets.whole, params);
  return [...whole, ownText(placed, params)].join(" OR ");
}

/** What a letter says by itself: its values, its trace, or its values in the places that its facet or its trace has for them. */
function ownText({ text, facets, traces }: PlacedText, params: Parameters): string {
  const found = [hasValue(text.literal, params), ...amongst("trace_id", traces.whole, params)];
  const around = [
    ...amongst("facet_id", facets.partly, params),
    ...amongst("trace_id", traces.partly, params),
  ];
  if (around.length > 0) {
    const values = text.variables.map((each) => hasValue(each, params));
    found.push(`(${[`(${around.join(" OR ")})`, ...values].join(" AND ")})`);
  }
  return found.join(" OR ");
}

function amongst(
  column: "facet_id" | "trace_id",
  ids: readonly number[],
  params: Parameters,
): string[] {
  return ids.length === 0 ? [] : [`l.${column} = ANY(${params.add(ids)}::int[])`];
}

/**
 * Whether one of the letter's values holds a text. An index finds what has three letters or digits in a row inside of values;
 * less than that is looked for at their beginnings, where one finds it as well.
 */
function hasValue(text: string, params: Parameters): string {
  if (!/[\p{L}\p{N}]/u.test(text)) return "false";
  const begin = /[\p{L}\p{N}]{3}/u.test(text) ? "" : "\n";
  return `l.variables LIKE ${params.add(`%${begin}${likeLiteral(text)}%`)}`;
}

/** Several names of one kind are alternatives; anything else must hold all at once. */
function alternativeTo(term: Term): string {
  return term.is === "job" || term.is === "worker" || term.is === "name"
    ? term.is
    : String(term.from);
}

function condition(term: Term, params: Parameters, now: Date): string {
  switch (term.is) {
    case "job":
      // With the queues named, the index that keeps failures apart finds it.
      return `l.job_id = ${params.add(term.value)} AND l.queue_id = ANY(ARRAY(SELECT id FROM deadletters_queue))`;
    case "name":
      return nameVaries(term)
        ? `l.name = ${params.add(term.value)}`
        : `l.facet_id IN (SELECT id FROM deadletters_facet WHERE name LIKE ${params.add(pattern(term))})`;
    case "worker":
      return term.pattern
        ? `l.worker LIKE ${params.add(pattern(term))}`
        : `l.worker = ${params.add(term.value)}`;
    case "attempts":
      return between("l.attempts", term.min, term.max, (value) => `${params.add(value)}::int`);
    case "failed": {
      const [since = null] = resolve(term.since, now);
      const [until = null] = resolve(term.until, now);
      const time = (ms: number) => `${params.add(new Date(ms))}::timestamptz`;
      return between("l.failed_at", since, until, time, "<");
    }
    case "flag":
      return FLAG_SQL[term.flag];
    case "data": {
      const field = String(fieldHash(term.path, term.value));
      // What is excluded may also stand where a payload was cut.
      return term.negated
        ? `l.fields && ${params.add([field, String(CUT_FIELD)])}::bigint[]`
        : `l.fields @> ARRAY[${params.add(field)}::bigint]`;
    }
    default:
      throw new Error(`${term.is}: is not answered by letters`);
  }
}

const FLAG_SQL = {
  poison: "l.poison",
  refailed: "l.retries > 0",
  edited: "l.id IN (SELECT letter_id FROM deadletters_edit)",
} as const;

function between(
  column: string,
  low: number | null,
  high: number | null,
  add: (value: number) => string,
  below: "<" | "<=" = "<=",
): string {
  const from = low === null ? [] : [`${column} >= ${add(low)}`];
  const to = high === null ? [] : [`${column} ${below} ${add(high)}`];
  return [...from, ...to].join(" AND ") || "true";
}
