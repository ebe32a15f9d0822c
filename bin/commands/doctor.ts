import { isConfigError } from "#lib/config/issues.ts";
import { nearest } from "#lib/config/nearest.ts";
import { loadSources, sourcePaths } from "#lib/sources/config.ts";
import type { SourceConfig } from "#lib/sources/define.ts";
import { runDoctor, showReports } from "#lib/sources/doctor.ts";
import { defineCommand, usageError } from "../command.ts";

export const command = defineCommand({
  summary: "Check what Plumbline may read and do at each source, and print what to grant",
  usage: ["[--json] [--file <plumbline.yaml>]… [<source>…]"],
  options: { file: { type: "string", multiple: true } },
  async run({ values, positionals, answer }) {
    let configured: SourceConfig[];
    try {
      configured = await load(values.file);
    } catch (error) {
      if (!isConfigError(error)) throw error;
      answer({ ok: false, issues: error.issues, sources: [] }, error.message);
      return 2;
    }
    if (configured.length === 0) {
      const text = "No sources are configured. Start from plumbline.example.yaml.";
      answer({ ok: false, issues: [], sources: [] }, text);
      return 2;
    }
    const sources = await runDoctor(chosen(configured, positionals));
    const ok = sources.every((report) => report.ok);
    answer({ ok, issues: [], sources }, showReports(sources));
    return ok ? 0 : 1;
  },
});

/** Read without `env()`: sources can be checked before anything else is set up. */
function load(files: string[] | undefined): Promise<SourceConfig[]> {
  if (files) return loadSources(files, process.env, true);
  return loadSources(sourcePaths(process.env.PLUMBLINE_SOURCES || "plumbline.yaml"), process.env);
}

function chosen(configured: SourceConfig[], names: string[]): SourceConfig[] {
  const known = configured.map((source) => source.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const meant = nearest(unknown, known);
    const hint = meant ? `Did you mean ${meant}?` : `There are: ${known.join(", ")}.`;
    throw usageError(`No source is called "${unknown}". ${hint}`);
  }
  return names.length === 0 ? configured : configured.filter(({ name }) => names.includes(name));
}
