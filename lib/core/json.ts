/** A value JSON can carry. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * JSON with object keys sorted and no white space, so that equal values have equal texts (RFC 8785 in spirit).
 * Dates become ISO strings, bigints become decimal strings, undefined members vanish.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sortKeys(toJson(value)));
}

/** The plain JSON form of a value: what the database and the wire hold. */
export function toJson(value: unknown): Json {
  const text = JSON.stringify(value ?? null, (_key, member) =>
    typeof member === "bigint" ? member.toString() : member,
  );
  return JSON.parse(text) as Json;
}

/** In JSON, NUL and half characters stand as escapes; behind an odd number of backslashes they are other text. */
const UNSTORABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi;

/** JSON that `jsonb` takes, whatever others put into it: NUL and half characters become U+FFFD, in keys as well. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSTORABLE, "$1\uFFFD");
}

function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== "object") return value;
  const sorted: Record<string, Json> = Object.create(null);
  for (const key of Object.keys(value).toSorted()) sorted[key] = sortKeys(value[key] as Json);
  return sorted;
}
