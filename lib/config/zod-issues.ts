import type { z } from "zod";
import type { ConfigIssue } from "./issues.ts";
import { nearest } from "./nearest.ts";
import type { Path, YamlDocument } from "./yaml.ts";

/** Issues of the value at `path`, for people. `keys` are the ones known there, to suggest from. */
export function zodIssues(
  document: YamlDocument,
  error: z.ZodError,
  path: Path,
  keys: readonly string[],
): ConfigIssue[] {
  return error.issues.flatMap((issue) => {
    const at = [...path, ...issue.path];
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => document.issueAt([...at, key], unknownKey(key, keys)));
    if (issue.code === "invalid_key")
      return [document.issueAt(at, issue.issues[0]?.message ?? issue.message)];
    return [document.issueAt(at, `${issue.message}, got ${describe(document, at)}`)];
  });
}

function unknownKey(key: string, keys: readonly string[]): string {
  const meant = nearest(key, keys);
  return meant
    ? `unknown key: did you mean ${meant}?`
    : `unknown key: expected one of ${keys.join(", ")}`;
}

/** What stands at the path, as far as it may be shown: URLs and values from the environment may hold secrets. */
function describe(document: YamlDocument, path: Path): string {
  const value = path.reduce<unknown>(
    (inside, key) => (inside as Record<PropertyKey, unknown> | undefined)?.[key],
    document.value,
  );
  if (value === undefined || value === null) return "nothing";
  if (document.isFilled(path)) return "another value from the environment";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  const text = String(value);
  if (path.at(-1) === "url" || text.includes("://")) return "something else";
  return typeof value === "string"
    ? `'${text.length > 40 ? `${text.slice(0, 40)}…` : text}'`
    : text;
}
