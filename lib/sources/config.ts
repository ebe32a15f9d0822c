import { readFile } from "node:fs/promises";
import { ConfigError, type ConfigIssue } from "#lib/config/issues.ts";
import { type Path, type Variables, YamlDocument } from "#lib/config/yaml.ts";
import { zodIssues } from "#lib/config/zod-issues.ts";
import { entryKeys, entrySchemas, fileSchema, kindOf, toConfig } from "./config-schema.ts";
import type { SourceConfig } from "./define.ts";

export interface SourceFile {
  /** As it should be named in messages. */
  name: string;
  text: string;
}

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
    issues.push(...zodIssues(document, file.error, [], ["sources"]));
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
    issues.push(...zodIssues(document, kind.error, path, []));
    return null;
  }
  const entry = entrySchemas[kind.data.kind].safeParse(value);
  if (entry.success) return toConfig(kind.data.kind, entry.data);
  issues.push(...zodIssues(document, entry.error, path, entryKeys(kind.data.kind)));
  return null;
}
