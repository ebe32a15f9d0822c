import { LETTER_STATES, REASON_CLASSES } from "../states.ts";
import { readCount, readMoments, writeCount, writeMoments } from "./ranges.ts";
import {
  type Complaint,
  FLAGS,
  NAME_FIELDS,
  type NameField,
  type Query,
  type Term,
  type Wanted,
} from "./terms.ts";

// The language of the search field. Browser and server read the same text, so nothing here may need a server.

/** More terms are not looked at: nobody types them. */
const MAX_TERMS = 40;

const SPACE = /\s*/y;
const QUOTED = /"((?:[^"\\]|\\[\s\S])*)("?)/y;
const BARE = /\S+/y;
/** `data.user.id:`, `data."a key":`, or a qualifier. What follows a scheme is an address, and text. */
const PATH_HEAD = /data\.(?:"((?:[^"\\]|\\[\s\S])*)"|([^\s:"]+)):/y;
const HEAD = /([a-z]+):(?!\/\/)/y;

/** Reads a search. Never throws: what cannot be understood becomes a complaint. */
export function parseQuery(text: string): Query {
  const query: Query = { terms: [], complaints: [] };
  let at = match(SPACE, text, 0)?.end ?? 0;
  while (at < text.length) {
    if (query.terms.length === MAX_TERMS) {
      const message = `Only the first ${MAX_TERMS} terms count.`;
      query.complaints.push({ from: at, to: text.length, message });
      break;
    }
    const { end, term, problem } = readTerm(text, at);
    if (term) query.terms.push({ ...term, from: at, to: end } as Term);
    if (problem) query.complaints.push({ from: at, to: end, message: problem });
    at = match(SPACE, text, end)?.end ?? end;
  }
  return query;
}

interface ReadTerm {
  end: number;
  term?: Wanted & { negated: boolean };
  problem?: string;
}

function readTerm(text: string, start: number): ReadTerm {
  const negated = /^-\S/.test(text.slice(start, start + 2));
  const at = negated ? start + 1 : start;
  const path = match(PATH_HEAD, text, at);
  const head = path ?? match(HEAD, text, at);
  const value = readValue(text, head?.end ?? at);
  const unclosed = value.unclosed ? "The quotation has no end." : null;
  const name = path ? "data" : (head?.groups[0] ?? null);
  if (name === null || !Object.hasOwn(FIELDS, name)) return readText(text, at, negated, name);
  if (value.text === "") return { end: value.end, problem: `Say what ${name} is to be.` };
  const wanted = path
    ? {
        is: "data" as const,
        path: unescape(path.groups[0]) ?? path.groups[1] ?? "",
        value: value.text,
      }
    : FIELDS[name as Field](value.text, value.quoted);
  const problem = typeof wanted === "string" ? wanted : unclosed;
  return {
    end: value.end,
    ...(typeof wanted !== "string" && { term: { ...wanted, negated } }),
    ...(problem !== null && { problem }),
  };
}

/** Free text; `unknown` is the qualifier it begins with, when it looks like one. */
function readText(text: string, at: number, negated: boolean, unknown: string | null): ReadTerm {
  const { text: found, end, unclosed } = readValue(text, at);
  if (found === "") return { end, problem: "There is nothing between the quotation marks." };
  const problem = unclosed
    ? "The quotation has no end."
    : unknown &&
      `There is no ${unknown}: to search by; it is taken as text. Put it in quotation marks.`;
  return { end, term: { is: "text", text: found, negated }, ...(problem && { problem }) };
}

interface Value {
  text: string;
  end: number;
  quoted: boolean;
  unclosed: boolean;
}

function readValue(text: string, at: number): Value {
  const quoted = match(QUOTED, text, at);
  if (quoted) {
    const [inside = "", close] = quoted.groups;
    return { text: unescape(inside) ?? "", end: quoted.end, quoted: true, unclosed: close === "" };
  }
  const end = match(BARE, text, at)?.end ?? at;
  return { text: text.slice(at, end), end, quoted: false, unclosed: false };
}

type Field =
  | NameField
  | "job"
  | "group"
  | "state"
  | "reason"
  | "is"
  | "attempts"
  | "failed"
  | "data";

/** Each answers what is asked for, or why that cannot be asked. */
const FIELDS: Readonly<Record<Field, (value: string, quoted: boolean) => Wanted | string>> = {
  ...(Object.fromEntries(
    NAME_FIELDS.map((is) => [
      is,
      (value: string, quoted: boolean) => ({ is, value, pattern: !quoted && value.includes("*") }),
    ]),
  ) as Record<NameField, (value: string, quoted: boolean) => Wanted>),
  job: (value) => ({ is: "job", value }),
  group: (id) =>
    /^\d{1,9}$/.test(id) ? { is: "group", id } : "A group is named by its number: group:17.",
  state(value) {
    const state = (["any", ...LETTER_STATES] as const).find((each) => each === value);
    return state
      ? { is: "state", state }
      : `A state is one of ${LETTER_STATES.join(", ")}, or any.`;
  },
  reason(value) {
    const reason = REASON_CLASSES.find((each) => each === value);
    return reason ? { is: "reason", reason } : `A reason is one of ${REASON_CLASSES.join(", ")}.`;
  },
  is(value) {
    const flag = FLAGS.find((each) => each === value);
    return flag ? { is: "flag", flag } : `After is: comes one of ${FLAGS.join(", ")}.`;
  },
  attempts(value) {
    const range = readCount(value);
    return range ? { is: "attempts", ...range } : "Write attempts:3, attempts:>3 or attempts:2..5.";
  },
  failed(value) {
    const span = readMoments(value);
    const help =
      "Write failed:<2h, failed:>1d, failed:2026-11-23, or two times joined by .. in order.";
    return span ? { is: "failed", ...span } : help;
  },
  data: (value) => ({ is: "data", path: null, value }),
};

/** The text that reads as this term. */
export function writeTerm(term: Wanted & { negated: boolean }): string {
  return (term.negated ? "-" : "") + writeWanted(term);
}

/** The text that reads as these terms. */
export function writeQuery(terms: readonly (Wanted & { negated: boolean })[]): string {
  return terms.map(writeTerm).join(" ");
}

function writeWanted(term: Wanted): string {
  switch (term.is) {
    case "text":
      return isPlain(term.text) && !/^(?:-|[a-z]+:|data\.)/.test(term.text)
        ? term.text
        : quote(term.text);
    case "flag":
      return `is:${term.flag}`;
    case "attempts":
      return `attempts:${writeCount(term)}`;
    case "failed":
      return `failed:${writeMoments(term)}`;
    case "group":
      return `group:${term.id}`;
    case "state":
      return `state:${term.state}`;
    case "reason":
      return `reason:${term.reason}`;
    case "data":
      return `data${writePath(term.path)}:${plainOrQuoted(term.value)}`;
    case "job":
      return `job:${plainOrQuoted(term.value)}`;
    default: {
      const literalStar = !term.pattern && term.value.includes("*");
      return `${term.is}:${literalStar ? quote(term.value) : plainOrQuoted(term.value)}`;
    }
  }
}

const writePath = (path: string | null): string =>
  path === null ? "" : `.${/^[^\s:"]+$/.test(path) ? path : quote(path)}`;

const isPlain = (text: string): boolean => /^[^\s"]\S*$/.test(text);
const plainOrQuoted = (text: string): string => (isPlain(text) ? text : quote(text));
const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;

/** The text inside quotation marks; null when there were none. */
const unescape = (inside: string | undefined): string | null =>
  inside?.replaceAll(/\\(["\\])/g, "$1") ?? null;

/** Matches exactly at a place. */
function match(
  pattern: RegExp,
  text: string,
  at: number,
): { end: number; groups: (string | undefined)[] } | null {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  return found && { end: pattern.lastIndex, groups: found.slice(1) };
}

export type { Complaint, Query, Wanted };
