import { normalise } from "#lib/core/normalise.ts";
import type { Actor } from "#lib/auth/actor.ts";
import { can } from "#lib/auth/policy.ts";
import { redactText } from "#lib/core/redact.ts";
import { LETTER_STATES, type LetterState } from "../states.ts";
import { type Complaint, parseQuery, writeQuery } from "./grammar.ts";
import type { Moment, Term } from "./terms.ts";

/** A word or phrase, as stored texts are written: in lower case. */
export interface SoughtText {
  negated: boolean;
  literal: string;
  /** What groups of errors with other values in its place would hold; null when the text has nothing that varies. */
  template: string | null;
  variables: string[];
}

/** What a search asks for, sorted by what answers it. */
export interface Meaning {
  /** Answered by queue, job name and group alone. */
  facets: Term[];
  /** Answered only by looking at letters. */
  letters: Term[];
  texts: SoughtText[];
  states: readonly LetterState[];
  since: Date | null;
  /** Not itself included. */
  until: Date | null;
  complaints: Complaint[];
}

export interface Asking {
  actor: Actor;
  now: Date;
}

/** Payload values cannot be read by everybody, so not everybody may find out by searching what they are. */
export const maySearchPayloads = (actor: Actor): boolean => can(actor, "deadletters.reveal");

/** What answers to searches depend on, of all that is known of a person. */
export const sharedBySearchers = (actor: Actor): string => String(maySearchPayloads(actor));

/** A kept search as this person may read it. */
export const readableBy = (actor: Actor, q: string): string =>
  maySearchPayloads(actor) ? q : maskedQuery(q);

/**
 * A search without the values of payloads that somebody looked for, nor what else looks like personal data: for records that
 * others read. What counts for nothing in it, such as a term that cannot be read, is left out.
 */
export const maskedQuery = (q: string): string => writeQuery(parseQuery(q).terms.map(maskTerm));

function maskTerm(term: Term): Term {
  if (term.is === "text") return { ...term, text: redactText(term.text) };
  if (term.is !== "data") return term;
  return { ...term, path: term.path && redactText(term.path), value: "•••" };
}

export function meaningOf(q: string, { actor, now }: Asking): Meaning {
  const { terms: all, complaints } = parseQuery(q);
  const barred = maySearchPayloads(actor) ? [] : all.filter(({ is }) => is === "data");
  const terms = all.filter((term) => !barred.includes(term));
  const times = terms.flatMap((term) => (term.is === "failed" && !term.negated ? [term] : []));
  const since = times.flatMap((each) => resolve(each.since, now));
  const until = times.flatMap((each) => resolve(each.until, now));
  return {
    facets: terms.filter(isOfFacets),
    letters: terms.filter(isOfLetters(terms)),
    texts: terms.flatMap((term) => (term.is === "text" ? [sought(term.text, term.negated)] : [])),
    states: statesOf(terms),
    since: since.length > 0 ? new Date(Math.max(...since)) : null,
    until: until.length > 0 ? new Date(Math.min(...until)) : null,
    complaints: [
      ...complaints,
      ...barred.map(({ from, to }) => ({
        from,
        to,
        message: "Searching payloads needs the permission to see them (deadletters.reveal).",
      })),
    ],
  };
}

export const resolve = (moment: Moment | null, now: Date): number[] => {
  if (!moment) return [];
  return ["at" in moment ? Date.parse(moment.at) : now.getTime() - moment.agoMs];
};

const FACET_TERMS: ReadonlySet<Term["is"]> = new Set(["queue", "error", "group", "reason"]);

/** Facets know job names without what varies in them. */
function isOfFacets(term: Term): boolean {
  return FACET_TERMS.has(term.is) || (term.is === "name" && (!term.negated || !nameVaries(term)));
}

const LETTER_TERMS: ReadonlySet<Term["is"]> = new Set([
  "job",
  "worker",
  "attempts",
  "flag",
  "data",
]);

/** Names are alternatives to each other: one that only letters know takes the others with it. */
function isOfLetters(all: readonly Term[]): (term: Term) => boolean {
  const varies = all.some((term) => term.is === "name" && !term.negated && nameVaries(term));
  return (term) => {
    if (term.is === "failed") return term.negated;
    if (term.is === "name") return term.negated ? nameVaries(term) : varies;
    return LETTER_TERMS.has(term.is);
  };
}

export const nameVaries = ({ value, pattern }: { value: string; pattern: boolean }): boolean =>
  !pattern && normalise(value).template !== value;

/** Those named, else the open ones; only what is excluded counts when nothing is named. */
function statesOf(terms: readonly Term[]): readonly LetterState[] {
  const named = terms.flatMap((term) => (term.is === "state" ? [term] : []));
  const wanted = named.filter(({ negated }) => !negated).map(({ state }) => state);
  const excluded = new Set(named.filter(({ negated }) => negated).map(({ state }) => state));
  if (named.length === 0) return ["dead"];
  const isAny = wanted.length === 0 || wanted.includes("any");
  return LETTER_STATES.filter(
    (state) => (isAny || wanted.includes(state)) && !excluded.has(state) && !excluded.has("any"),
  );
}

function sought(text: string, negated: boolean): SoughtText {
  const { template, variables } = normalise(text);
  // Placeholders alone stand in very many groups, and say nothing more than the values do.
  const says = template.replaceAll(/<[a-z]+>/g, "").trim() !== "";
  return {
    negated,
    literal: text.toLowerCase(),
    template: says && variables.length > 0 ? template.toLowerCase() : null,
    variables: variables.map((each) => each.toLowerCase()),
  };
}
