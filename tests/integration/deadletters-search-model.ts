import { normalise } from "#lib/core/normalise.ts";
import type { Term } from "#lib/signals/deadletters/search/terms.ts";
import { ERRORS, framesOf, type Happened, messageOf, now, QUEUES } from "./deadletters-world.ts";

// Searching as somebody would explain it: one letter, one term at a time, without any database.

/** Whether a letter is among what a search asks for. */
export function matches(letter: Happened, terms: readonly Term[]): boolean {
  const named = terms.some(({ is }) => is === "state");
  if (!named && letter.state !== "dead") return false;
  const wanted = terms.filter(({ negated }) => !negated);
  const alternatives = Map.groupBy(wanted, (term) => (ALTERNATIVES.has(term.is) ? term.is : term));
  return (
    [...alternatives.values()].every((some) => some.some((term) => holds(letter, term))) &&
    terms.filter(({ negated }) => negated).every((term) => !holds(letter, term))
  );
}

const ALTERNATIVES: ReadonlySet<string> = new Set([
  "queue",
  "name",
  "error",
  "group",
  "state",
  "reason",
  "job",
  "worker",
]);

function holds(letter: Happened, term: Term): boolean {
  const error = ERRORS[letter.error] as (typeof ERRORS)[number];
  switch (term.is) {
    case "text":
      return holdsText(letter, term.text.toLowerCase());
    case "queue": {
      const { source, key } = QUEUES[letter.queue] as (typeof QUEUES)[number];
      return [key, key.split(":").at(-1) ?? "", `${source}~${key}`].some((name) =>
        like(name, term),
      );
    }
    case "name":
      return like(letter.name, term);
    case "error":
      return like(error.class.toLowerCase(), { ...term, value: term.value.toLowerCase() });
    case "worker":
      return letter.worker !== null && like(letter.worker, term);
    case "job":
      return letter.job === term.value;
    case "state":
      return term.state === "any" || letter.state === term.state;
    case "attempts":
      return letter.attempts >= (term.min ?? 0) && letter.attempts <= (term.max ?? Infinity);
    case "failed":
      return (
        letter.failedAt >= timeOf(term.since, 0) && letter.failedAt < timeOf(term.until, Infinity)
      );
    case "flag":
      return {
        poison: letter.stalls > 0,
        refailed: letter.retries > 0,
        edited: letter.edited,
      }[term.flag];
    case "data":
      return leavesOf(letter).some(
        ([path, value]) => value === term.value && (term.path === null || term.path === path),
      );
    default:
      throw new Error(`${term.is} is not in the model`);
  }
}

/** In what failures of this kind say, in the frames of this one, in its own values, or in the first and the last together. */
function holdsText(letter: Happened, text: string): boolean {
  const { class: name } = ERRORS[letter.error] as (typeof ERRORS)[number];
  const message = normalise(messageOf(letter));
  const common = [name, message.template].join("\n").toLowerCase();
  const frames = framesOf(letter).map((frame) => `at ${frame}`.toLowerCase());
  const values = message.variables.map((value) => value.toLowerCase());
  const inValues = (part: string): boolean =>
    /[\p{L}\p{N}]/u.test(part) &&
    values.some((value) =>
      /[\p{L}\p{N}]{3}/u.test(part) ? value.includes(part) : value.startsWith(part),
    );
  if (common.includes(text) || inValues(text)) return true;
  if (frames.some((frame) => frame.includes(text))) return true;
  const { template, variables } = normalise(text);
  const says = template.replaceAll(/<[a-z]+>/g, "").trim() !== "";
  return says && variables.length > 0 && common.includes(template) && variables.every(inValues);
}

/** `*` stands for anything: the parts between come one after the other, the first at the start, the last at the end. */
function like(text: string, { value, pattern }: { value: string; pattern: boolean }): boolean {
  if (!pattern) return text === value;
  const [first = "", ...rest] = value.split("*");
  const last = rest.pop() ?? "";
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.startsWith(first) && text.endsWith(last) && text.length - last.length >= at;
}

function timeOf(moment: { at: string } | { agoMs: number } | null, none: number): number {
  if (!moment) return none;
  return "at" in moment ? Date.parse(moment.at) : now.getTime() - moment.agoMs;
}

const leavesOf = ({ data }: Happened): [path: string, value: string][] => [
  ["user.id", String(data.user.id)],
  ["currency", data.currency],
  ...data.items.map(({ sku }): [string, string] => ["items.sku", sku]),
];
