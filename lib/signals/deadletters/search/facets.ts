import { normalise } from "#lib/core/normalise.ts";
import { likeLiteral, Parameters } from "#lib/db/parameters.ts";
import type { Sql } from "#lib/db/sql.ts";
import type { Meaning, SoughtText } from "./meaning.ts";
import { type Places, type Placing, placesOf, textTests } from "./places.ts";
import type { Term } from "./terms.ts";

/** What settles one text: facets, whose letters all say it, and traces, which letters have in common. */
export interface PlacedText {
  text: SoughtText;
  facets: Places;
  traces: Places;
}

/** Which facets a search covers, with their letters in its states. */
export interface Scope {
  facets: { id: number; count: number }[];
  texts: PlacedText[];
  /** Letters in all these facets. */
  count: number;
}

interface FacetRow extends Placing {
  count: number;
}

/** Finds the facets: the few rows that most searches can be answered from. */
export async function scopeOf(on: Sql, meaning: Meaning): Promise<Scope> {
  const params = new Parameters();
  const tests = textTests(meaning.texts, (text) => inGroup(text, params));
  const wanted = conditions(meaning.facets, params);
  const { rows } = await on.query<FacetRow>(
    `WITH g AS MATERIALIZED (
       SELECT id, error_class, reason_class, ARRAY[${tests.join(", ")}]::boolean[] AS found FROM deadletters_group
     ), counted AS MATERIALIZED (
       SELECT facet_id, sum(count)::float8 AS n FROM deadletters_count WHERE state = ANY(${params.add(meaning.states)}::text[]) GROUP BY 1
     )
     SELECT f.id, coalesce(c.n, 0) AS count, g.found FROM deadletters_facet f JOIN g ON g.id = f.group_id
     JOIN deadletters_queue q ON q.id = f.queue_id JOIN source s ON s.id = q.source_id
     LEFT JOIN counted c ON c.facet_id = f.id WHERE ${["true", ...wanted].join(" AND ")}`,
    params.values,
  );
  const inTraces = await placesInTraces(on, meaning.texts);
  return {
    facets: rows.map(({ id, count }) => ({ id, count })),
    texts: meaning.texts.map((text, at) => ({
      text,
      facets: placesOf(rows, at),
      traces: placesOf(inTraces, at),
    })),
    count: rows.reduce((sum, { count }) => sum + count, 0),
  };
}

/** Asked once for all groups, so that an index on their texts is of use. */
const inGroup = (text: string, params: Parameters): string =>
  `id IN (SELECT id FROM deadletters_group WHERE search_text ${likeAnywhere(text, params)})`;

/** The traces that hold one of the texts. What is excluded may also stand where a trace was cut. */
async function placesInTraces(on: Sql, texts: readonly SoughtText[]): Promise<Placing[]> {
  if (texts.length === 0) return [];
  const params = new Parameters();
  const tests = textTests(
    texts,
    (text, negated) => `(text ${likeAnywhere(text, params)}${negated ? " OR cut" : ""})`,
  );
  const { rows } = await on.query<Placing>(
    `SELECT id, ARRAY[${tests.join(", ")}]::boolean[] AS found FROM deadletters_trace WHERE ${tests.join(" OR ")}`,
    params.values,
  );
  return rows;
}

const likeAnywhere = (text: string, params: Parameters): string =>
  `LIKE ${params.add(`%${likeLiteral(text)}%`)}`;

/** Positive terms of one field are alternatives; each negative one excludes. */
function conditions(terms: readonly Term[], params: Parameters): string[] {
  const wanted = Map.groupBy(
    terms.filter(({ negated }) => !negated),
    ({ is }) => is,
  );
  const anyOf = [...wanted.values()].map((each) => each.map((term) => condition(term, params)));
  const noneOf = terms.filter(({ negated }) => negated);
  return [
    ...anyOf.map((alternatives) => `(${alternatives.join(" OR ")})`),
    ...noneOf.map((term) => `NOT ${condition(term, params)}`),
  ];
}

function condition(term: Term, params: Parameters): string {
  switch (term.is) {
    case "queue": {
      const like = `LIKE ${params.add(pattern(term))}`;
      return `(q.key ${like} OR substring(q.key from '[^:]+$') ${like} OR s.name || '~' || q.key ${like})`;
    }
    case "name":
      return `f.name LIKE ${params.add(pattern({ ...term, value: term.pattern ? term.value : normalise(term.value).template }))}`;
    case "error":
      return `lower(g.error_class) LIKE lower(${params.add(pattern(term))})`;
    case "group":
      return `g.id = ${params.add(term.id)}::int`;
    case "reason":
      return `g.reason_class = ${params.add(term.reason)}`;
    default:
      throw new Error(`${term.is}: is not answered by facets`);
  }
}

/** For LIKE; `*` stands for anything in a pattern. */
export function pattern({ value, pattern: wild }: { value: string; pattern: boolean }): string {
  const literal = likeLiteral(value);
  return wild ? literal.replaceAll("*", "%") : literal;
}
