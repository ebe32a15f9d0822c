import { readFile } from "node:fs/promises";
import type { z } from "zod";
import type { SourceConfig } from "#lib/sources/define.ts";
import { nearest } from "./nearest.ts";
import { type ConfigIssue, type Path, YamlDocument } from "./yaml-document.ts";
import { entryKeys, entrySchemas, fileSchema, kindOf, toConfig } from "./yaml-schema.ts";

/** Source files that cannot be used; the message lists every issue, one per line. */
export class ConfigError extends Error {
  readonly code = "config_invalid";
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[]) {
    super(issues.map(showIssue).join("\n"));
    this.name = "ConfigError";
    this.issues = issues;
  }
}

export function isConfigError(error: unknown): error is ConfigError {
  return (
    typeof error === "object" &&
    error !== null &&
    (error as { code?: unknown }).code === "config_invalid"
  );
}

export interface SourceFile {
  /** As it should be named in messages. */
  name: string;
  text: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Reads and merges source files. Missing files are skipped unless `required`. Throws `ConfigError`. */
export async function loadSources(
  paths: readonly string[],
  variables: Variables,
  required = false,
): Promise<SourceConfig[]> {
  const files = await Promise.all(paths.map((path) => readSourceFile(path, required)));
  return parseSources(
    files.filter((file) => file !== null),
    variables,
  );
}

/** The paths of a `PLUMBLINE_SOURCES` value: colon-separated. */
export const sourcePaths = (setting: string): string[] =>
  setting.split(":").filter((path) => path !== "");

/** Validates the texts of source files and merges their sources. Throws `ConfigError`. */
export function parseSources(files: readonly SourceFile[], variables: Variables): SourceConfig[] {
  const issues: ConfigIssue[] = [];
  const sources: SourceConfig[] = [];
  const firstUse = new Map<string, string>();
  for (const file of files) {
    const document = new YamlDocument(file.name, file.text, variables);
    for (const { config, path } of entriesOf(document, issues)) {
      const used = firstUse.get(config.name);
      const at = [...path, "name"];
      if (used)
        issues.push(document.issueAt(at, `the name "${config.name}" is already used at ${used}`));
      else firstUse.set(config.name, `${file.name}:${document.lineOf(at)}`);
      sources.push(config);
    }
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return sources;
}

async function readSourceFile(path: string, required: boolean): Promise<SourceFile | null> {
  try {
    return { name: path, text: await readFile(path, "utf8") };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && !required) return null;
    const message =
      code === "ENOENT" ? "the file does not exist" : `the file cannot be read (${code})`;
    throw new ConfigError([{ file: path, line: 1, path: "", message }]);
  }
}

function entriesOf(
  document: YamlDocument,
  issues: ConfigIssue[],
): { config: SourceConfig; path: Path }[] {
  issues.push(...document.issues);
  // A file of comments only is a valid file without sources.
  if (document.value === undefined || document.value === null) return [];
  const file = fileSchema.safeParse(document.value);
  if (!file.success) {
    issues.push(...translate(document, file.error, [], ["sources"]));
    return [];
  }
  return file.data.sources.flatMap((value, at) => {
    const path = ["sources", at];
    const config = entryOf(document, value, path, issues);
    return config ? [{ config, path }] : [];
  });
}

function entryOf(
  document: YamlDocument,
  value: unknown,
  path: Path,
  issues: ConfigIssue[],
): SourceConfig | null {
  const kind = kindOf.safeParse(value);
  if (!kind.success) {
    issues.push(...translate(document, kind.error, path, []));
    return null;
  }
  const entry = entrySchemas[kind.data.kind].safeParse(value);
  if (entry.success) return toConfig(kind.data.kind, entry.data);
  issues.push(...translate(document, entry.error, path, entryKeys(kind.data.kind)));
  return null;
}

/** `keys` are the ones known at `path`, to suggest from. */
function translate(
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

function showIssue({ file, line, path, message }: ConfigIssue): string {
  return `${file}:${line}: ${path === "" ? "" : `${path}: `}${message}`;
}
