import type { AuditRow } from "#lib/audit/schema.ts";

type Json = AuditRow["before"];

export interface Change {
  /** Dotted path; empty for a value that is not an object. */
  path: string;
  before: string | null;
  after: string | null;
}

/** What differs between two JSON values, leaf by leaf; equal leaves are left out. */
export function changesBetween(before: Json, after: Json): Change[] {
  const left = leaves(before);
  const right = leaves(after);
  const paths = new Set([...left.keys(), ...right.keys()]);
  return [...paths]
    .map((path) => ({
      path,
      before: left.get(path) ?? null,
      after: right.get(path) ?? null,
    }))
    .filter((change) => change.before !== change.after);
}

/** Every leaf by its path; empty objects and lists count as leaves, null as nothing. */
function leaves(value: Json, path = ""): Map<string, string> {
  if (value === null) return new Map(path ? [[path, "null"]] : []);
  if (typeof value !== "object") return new Map([[path, JSON.stringify(value)]]);
  const members = Object.entries(value);
  if (members.length === 0) return new Map([[path, Array.isArray(value) ? "[]" : "{}"]]);
  return new Map(
    members.flatMap(([key, member]) => [...leaves(member as Json, path ? `${path}.${key}` : key)]),
  );
}
