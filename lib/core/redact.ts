/**
 * The one place that decides what a person without the reveal permission may see.
 * Free text loses what looks like personal data or a secret; payloads keep only their keys and shape.
 */

const MASK = "•••";

/** What may stand between two digits of a phone number. */
const JOINT = String.raw`(?: ?\(|\)[ /-]?|[ ./-])?`;
const END = String.raw`(?![\p{L}\p{N}])`;

/** Only what is written or named as a phone number: bare digits are ids, counts and times. */
const PHONES = {
  // +49 170 1234567, also as it stands in an address, and 0049-170-1234567; no time zone, date or decimal number.
  international: new RegExp(
    String.raw`(?<![\p{L}\p{N}+/_.•-])(?:\+|%2B|00(?=[1-9]\d{0,2}[ /-]))(?!\d{1,3} (?:19|20)\d\d-|\d{1,3}\.\d{1,2}(?![\d.]))[1-9](?:${JOINT}\d){8,14}${END}`,
    "giu",
  ),
  // (555) 123-4567 and 555-123-4567.
  american: /(?<![\p{L}\p{N}_•-])(?:\(\d{3}\) ?|\d{3}-)\d{3}-\d{4}(?![\p{L}\p{N}_-])/gu,
  named: new RegExp(
    String.raw`((?:phone|mobile|msisdn|whatsapp|\btel|\bfax)(?:[ _-]?(?:no|nr|number))?\.?["']?\s{0,3}[:=]?\s{0,3}["']?)(?!(?:19|20)\d\d-)\d(?:${JOINT}\d){6,14}${END}`,
    "giu",
  ),
};

// A search may begin at every character, so each pattern either starts at the edge of a run or gives up after a few
// characters: a text of a megabyte must not hold a worker up.
const PATTERNS: readonly [RegExp, string][] = [
  // URL credentials first: the rest of the URL stays readable. A password may hold an @ of its own.
  [/:\/\/[^\s/]*@/g, `://${MASK}@`],
  [
    /(?<![\p{L}\p{N}._%+'-])[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu,
    `${MASK}@${MASK}`,
  ],
  [/\beyJ[\w-]{8,}(?:\.[\w-]+){0,2}/g, MASK],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${MASK}`],
  [
    /\b(pass(?:word|wd|phrase)?|secret|token|api[_-]?key|authorization|cvv|cvc|pin|otp)(["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;&}]+)/gi,
    `$1$2${MASK}`,
  ],
  [/\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?\b/g, MASK],
  [/\b(?:sk|pk|rk|pl|ghp|gho|xox[abp])[_-][\w-]{12,}/g, MASK],
  [/\b[0-9a-f]{40,}\b/gi, MASK],
  [PHONES.international, MASK],
  [PHONES.american, MASK],
  [PHONES.named, `$1${MASK}`],
];

const DIGIT_RUN = /\d(?:[ -]?\d){11,}/g;

/** Masks e-mail addresses, phone, card and account numbers, credentials and tokens in free text. Idempotent. */
export function redactText(text: string): string {
  const masked = PATTERNS.reduce(
    (current, [pattern, replacement]) => current.replace(pattern, replacement),
    text,
  );
  return masked.replace(DIGIT_RUN, maskCards);
}

/** Masks the card numbers in digits that are joined by spaces and dashes: a date or a count may stand before one. */
function maskCards(run: string): string {
  // Groups at even places, what joins them at odd ones.
  const parts = run.split(/([ -])/);
  let kept = "";
  for (let at = 0; at < parts.length; at++) {
    const end = at % 2 === 0 ? cardEnd(parts, at) : null;
    kept += end === null ? parts[at] : MASK;
    at = end ?? at;
  }
  return kept;
}

/** The last group of the longest card number that begins with this group; null when none does. */
function cardEnd(parts: readonly string[], start: number): number | null {
  let digits = "";
  let end: number | null = null;
  for (let at = start; at < parts.length && digits.length < MOST_DIGITS; at += 2) {
    digits += parts[at];
    if (isCardNumber(digits)) end = at;
  }
  return end;
}

const MOST_DIGITS = 19;
const ZERO = "0".charCodeAt(0);

/** Luhn's check (ISO/IEC 7812-1): every payment card number passes it, nine in ten other numbers do not. */
function isCardNumber(digits: string): boolean {
  if (digits.length < 12 || digits.length > MOST_DIGITS) return false;
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - ZERO;
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

const MAX_NODES = 5_000;
const MAX_DEPTH = 40;

/** The keys and shape of a JSON text with its values masked, indented. Text that is not JSON shows only its size. */
export function maskJson(raw: string): string {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch {
    return JSON.stringify(`${MASK} not JSON, ${raw.length} characters`);
  }
  return JSON.stringify(maskValue(value, 0, { left: MAX_NODES }), null, 2);
}

/** Every value shows only its kind: a small number may be a PIN, and a yes a diagnosis. That there is none is part of the shape. */
function maskValue(value: unknown, depth: number, budget: { left: number }): unknown {
  budget.left -= 1;
  if (typeof value === "string") return `${MASK} text, ${value.length} characters`;
  if (typeof value === "number") return `${MASK} number`;
  if (typeof value === "boolean") return `${MASK} true or false`;
  if (value === null || typeof value !== "object") return value;
  if (depth >= MAX_DEPTH || budget.left <= 0) return `${MASK} not shown: too large`;
  return Array.isArray(value)
    ? maskArray(value, depth, budget)
    : maskObject(value as Record<string, unknown>, depth, budget);
}

function maskArray(list: unknown[], depth: number, budget: { left: number }): unknown[] {
  const shown: unknown[] = [];
  for (const item of list) {
    if (budget.left <= 0) return [...shown, `${MASK} ${list.length - shown.length} more`];
    shown.push(maskValue(item, depth + 1, budget));
  }
  return shown;
}

function maskObject(
  object: Record<string, unknown>,
  depth: number,
  budget: { left: number },
): Record<string, unknown> {
  const shown: Record<string, unknown> = Object.create(null);
  const keys = Object.keys(object);
  for (const [index, key] of keys.entries()) {
    if (budget.left <= 0) {
      shown[MASK] = `${keys.length - index} more`;
      break;
    }
    // A map may be keyed by e-mail address or card number.
    shown[redactText(key).slice(0, 200)] = maskValue(object[key], depth + 1, budget);
  }
  return shown;
}
