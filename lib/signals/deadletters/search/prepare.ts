import type { Sql } from "#lib/db/sql.ts";
import { type Scope, scopeOf } from "./facets.ts";
import { type Asking, type Meaning, meaningOf } from "./meaning.ts";

/** A search with the facets it covers. */
export interface Prepared {
  meaning: Meaning;
  scope: Scope;
  /** Facets of which every letter matches, but for states and times. */
  whole: number[];
  now: Date;
}

/** Reads a search and finds its facets. Never throws for what was typed: see `meaning.complaints`. */
export async function prepare(on: Sql, q: string, asking: Asking): Promise<Prepared> {
  const meaning = meaningOf(q, asking);
  const scope = await scopeOf(on, meaning);
  const settled = scope.texts.map(({ text, facets }) =>
    // What a group does not hold may still stand in some of its letters.
    text.negated ? new Set<number>() : new Set(facets.whole),
  );
  const whole = scope.facets.flatMap(({ id }) => (settled.every((ids) => ids.has(id)) ? [id] : []));
  return { meaning, scope, whole: meaning.letters.length > 0 ? [] : whole, now: asking.now };
}

/** Whether facets and states settle everything, so that counters tell how many there are. */
export const isSettled = ({ meaning, scope, whole }: Prepared): boolean =>
  whole.length === scope.facets.length && !meaning.since && !meaning.until;
