import { AppError } from "#lib/core/errors.ts";
import { Parameters } from "#lib/db/parameters.ts";
import type { Sql } from "#lib/db/sql.ts";
import { MAX_REDRIVE } from "../redrive-schema.ts";
import { parseQuery, writeQuery } from "./grammar.ts";
import { conditions, inTime } from "./letters.ts";
import { type Asking, resolve } from "./meaning.ts";
import { prepare, type Prepared } from "./prepare.ts";
import type { Moment, Wanted } from "./terms.ts";

/** A statement that selects `id`, `queue_id`, `facet_id` and `failed_at` of dead letters, oldest failure first. */
export interface Selection {
  text: string;
  params: unknown[];
}

/**
 * What a search covers of the letters up to an id: those that are dead, at most one more than may be taken at once. Throws
 * `validation_failed` when a part of the search is not understood: it would cover more than was meant.
 */
export async function frozenSelection(
  on: Sql,
  { q, upTo, ...asking }: Asking & { q: string; upTo: string },
): Promise<Selection> {
  const prepared = await prepare(on, q, asking);
  const [complaint] = prepared.meaning.complaints;
  if (complaint) {
    throw new AppError("validation_failed", "The search is not understood in full", {
      detail: complaint.message,
      remedy: "Correct the search; nothing was done.",
      fields: { q: complaint.message },
    });
  }
  return selectionOf(prepared, upTo);
}

export function selectionOf(prepared: Prepared, upTo: string): Selection {
  const params = new Parameters();
  const wanted = [
    prepared.meaning.states.includes("dead") ? "l.state = 'dead'" : "false",
    `l.id <= ${params.add(upTo)}::bigint`,
    ...inTime(prepared, params),
    ...conditions(prepared, params),
  ];
  const text = `SELECT l.id, l.queue_id, l.facet_id, l.failed_at FROM deadletters_letter l WHERE ${wanted.join(" AND ")}
    ORDER BY l.failed_at, l.id LIMIT ${MAX_REDRIVE + 1}`;
  return { text, params: params.values };
}

/** The same search with its relative times fixed, so that it covers the same a minute later. */
export function frozenQuery(q: string, now: Date): string {
  const fixed = (moment: Moment | null): Moment | null => {
    const [ms] = resolve(moment, now);
    return ms === undefined ? null : { at: new Date(ms).toISOString() };
  };
  const terms = parseQuery(q).terms.map((term): Wanted & { negated: boolean } =>
    term.is === "failed" ? { ...term, since: fixed(term.since), until: fixed(term.until) } : term,
  );
  return writeQuery(terms);
}
