/** More of a message is not looked at: what tells errors apart stands at its beginning. */
const MAX_LOOKED_AT = 4_000;
/** What is longer differs too much at its end to tell errors apart. */
export const MAX_TEMPLATE = 500;

export interface Normalised {
  /** The text with what varies replaced: `<n>`, `<uuid>`, `<text>` … Normalising it again changes nothing. */
  template: string;
  /** What was replaced, in order. */
  variables: readonly string[];
}

// Tried in this order at every place of the text, so each gives up after a bounded number of characters.
const TOKENS = {
  kept: /<(?:url|email|uuid|time|ip|id|path|text|secret|n)>/u,
  // A status tells the cause; it is no detail of it.
  status:
    /(?<![\p{L}\p{N}_])(?:(?:status(?: code)?|HTTP(?:\/\d(?:\.\d)?)?)[ :=]{1,3}[1-5]|(?:answered|responded)(?: with)? [45])\d\d(?![\p{L}\p{N}_.,<])/u,
  url: /(?<![\p{L}\p{N}_])[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'`<>]{1,2000}/u,
  secret:
    /(?<=(?:password|passwd|secret|token|api[_-]?key|authorization)["']?\s?[:=]\s?)[^\s,;&}<>"'`]{1,500}/u,
  email: /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,64}(?:\.[\p{L}\p{N}-]{1,64}){1,8}/u,
  uuid: /(?<![\p{L}\p{N}_])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\p{L}\p{N}_])/u,
  time: /(?<![\p{L}\p{N}_])(?:\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?|\d\d?:\d\d:\d\d(?:[.,]\d{1,9})?)(?![\p{L}\p{N}_])/u,
  ip: /(?<![\p{L}\p{N}_:.])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4})(?::\d{1,5})?(?![\p{L}\p{N}_:])/u,
  text: /"[^"\n]{0,1000}"|`[^`\n]{0,1000}`|(?<![\p{L}\p{N}_>'])'[^'\n]{1,1000}'(?![\p{L}\p{N}_<'])/u,
  path: /(?<![\p{L}\p{N}_<>/\\.~:])(?:[a-z]:[\\/]|~?\.{0,2}\/)[\p{L}\p{N}_.@+-]{1,255}(?:[\\/][\p{L}\p{N}_.@+-]{0,255}){0,60}/u,
  number:
    /(?<![\p{L}\p{N}_>.])-?\d{1,40}(?:[.,]\d{1,40}){0,10}(?=(?:%|ms|s|m|h|d|[kmg]?i?b)?(?![\p{L}\p{N}_]))/u,
  // Letters, digits and joining dashes; only those with a digit vary.
  word: /[\p{L}\p{N}_]{1,200}(?:-[\p{L}\p{N}_]{1,200}){0,20}/u,
  // What was masked before it came here.
  mask: /•{3}/u,
} as const;
type Kind = keyof typeof TOKENS;

const KINDS = Object.keys(TOKENS) as Kind[];
/** Without these characters there is none of that kind: most texts need few of the patterns. */
const NEEDS: Readonly<Record<Kind, RegExp>> = {
  kept: /</,
  status: /\d/,
  url: /:\/\//,
  secret: /[:=]/,
  email: /@/,
  uuid: /-/,
  time: /\d:|\d-/,
  ip: /[\d:][.:]/,
  text: /["'`]/,
  path: /[\\/]/,
  number: /\d/,
  word: /\p{N}/u,
  mask: /•/,
};

/** The patterns of these kinds as one, and the kinds in the order of its groups. */
interface Matcher {
  pattern: RegExp;
  kinds: readonly Kind[];
}

const matchers = new Map<number, Matcher>();

/** Null when the text holds nothing that varies. */
function matcherFor(text: string): Matcher | null {
  const kinds = KINDS.filter((kind) => NEEDS[kind].test(text));
  if (kinds.every((kind) => kind === "kept")) return null;
  const key = kinds.reduce((bits, kind) => bits | (1 << KINDS.indexOf(kind)), 0);
  const known = matchers.get(key);
  if (known) return known;
  const source = kinds.map((kind) => `(${TOKENS[kind].source})`).join("|");
  const matcher = { pattern: new RegExp(source, "giu"), kinds };
  matchers.set(key, matcher);
  return matcher;
}

const PLACEHOLDERS: Partial<Record<Kind, string>> = { number: "<n>", mask: "<id>" };
const VARIES = /\p{N}/u;
/** Names and codes with digits in them that mean the same each time. */
const FIXED =
  /^(?:[A-Z]{1,4}\d{4,5}|ORA-\d{5}|S3|EC2|K8S|I18N|SHA-?\d{1,3}|MD5|BASE64|UTF-?(?:8|16)|HTTP-?[1-3]|IPV?[46]|[EHR]S(?:256|384|512)|OAUTH2|ERR_[A-Z0-9_]+)$/;

/**
 * Parts a message into what is the same each time and what varies: ids, numbers, times, addresses, quoted text … Time is linear
 * in the length, whatever the text. The template is cut at `longest`.
 */
export function normalise(text: string, longest = MAX_TEMPLATE): Normalised {
  if (text.length > MAX_REMEMBERED || longest !== MAX_TEMPLATE) return work(text, longest);
  const known = remembered.get(text);
  if (known) return known;
  const found = work(text, longest);
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(text, found);
  return found;
}

/** Names, files and many messages come again and again. */
const remembered = new Map<string, Normalised>();
const REMEMBERED = 2_000;
const MAX_REMEMBERED = 300;

function work(text: string, longest: number): Normalised {
  const variables: string[] = [];
  let template = text.slice(0, MAX_LOOKED_AT);
  // A replacement may uncover another: `1'a'` has no quotation, `<n> 'a'` has.
  for (let passes = 0; passes < MAX_PASSES; passes += 1) {
    const next = pass(template, variables, longest);
    if (next === template) break;
    template = next;
  }
  return { template, variables };
}

const MAX_PASSES = 8;

function pass(text: string, variables: string[], longest: number): string {
  const spaced = text.replace(/\s+/g, " ");
  const matcher = matcherFor(spaced);
  if (!matcher) return spaced.slice(0, longest).trim();
  const replaced = spaced.replace(matcher.pattern, (...match: unknown[]) => {
    const token = match[0] as string;
    const group = match.findIndex((found, at) => at > 0 && found !== undefined);
    const replacement = replace(matcher.kinds[group - 1] as Kind, token);
    if (replacement !== token) variables.push(token);
    return replacement;
  });
  return replaced.slice(0, longest).trim();
}

function replace(kind: Kind, token: string): string {
  if (kind === "kept" || kind === "status") return token;
  if (kind !== "word") return PLACEHOLDERS[kind] ?? `<${kind}>`;
  if (!VARIES.test(token) || FIXED.test(token.toUpperCase())) return token;
  return /^\p{N}+$/u.test(token) ? "<n>" : "<id>";
}
