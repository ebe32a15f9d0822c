import type { Capability, ProbeResult, SourceConfig, SourceKind } from "./define.ts";
import { isSourceError, SourceError, type SourceErrorReason } from "./errors.ts";
import { inspectSource } from "./index.ts";

/** What the doctor found at one source. Holds no secret: it may be printed, stored and sent. */
export interface SourceReport {
  name: string;
  kind: SourceKind;
  /** Nothing required is missing. Unknown things do not count as missing. */
  ok: boolean;
  /** Why the source could not be examined at all; null when it was. */
  failure: { reason: SourceErrorReason; message: string } | null;
  serverVersion: string | null;
  facts: Readonly<Record<string, string>>;
  capabilities: readonly Capability[];
}

/** Examines every source with the rights it is configured with, all at the same time; never throws. */
export function runDoctor(sources: readonly SourceConfig[]): Promise<SourceReport[]> {
  return Promise.all(sources.map(examine));
}

async function examine(config: SourceConfig): Promise<SourceReport> {
  const { name, kind } = config;
  try {
    const probe = await inspectSource(config);
    return { name, kind, ok: isUsable(probe), failure: null, ...findings(probe) };
  } catch (error) {
    const { reason, message } = isSourceError(error)
      ? error
      : new SourceError("internal", "Examining this source failed unexpectedly.", error);
    const nothing = { serverVersion: null, facts: {}, capabilities: [] };
    return { name, kind, ok: false, failure: { reason, message }, ...nothing };
  }
}

const findings = ({ serverVersion, facts, capabilities }: ProbeResult) => ({
  serverVersion,
  facts,
  capabilities,
});

const isMissing = (one: Capability): boolean => one.needed === "required" && one.ok === false;

function isUsable(probe: ProbeResult): boolean {
  return probe.refusal === null && !probe.capabilities.some(isMissing);
}

/** The report for a terminal: one block per source, and under each "no" the exact line that turns it into a yes. */
export function showReports(reports: readonly SourceReport[]): string {
  if (reports.length === 0) return "No sources are configured.";
  return reports.map(showReport).join("\n\n");
}

function showReport(report: SourceReport): string {
  const facts = Object.entries(report.facts).map(([name, value]) => `${name} ${value}`);
  const head = [report.name, report.kind, report.serverVersion].filter((part) => part !== null);
  const lines = [`${head.join("  ")}${facts.length > 0 ? `  (${facts.join(", ")})` : ""}`];
  if (report.failure)
    lines.push(`  cannot be reached (${report.failure.reason}): ${report.failure.message}`);
  for (const capability of report.capabilities) lines.push(...showCapability(capability));
  lines.push(`  ${verdict(report)}`);
  return lines.join("\n");
}

function showCapability({ ok, title, detail, grant, needed }: Capability): string[] {
  const answer = ok === null ? "unknown" : ok ? "yes" : "no";
  const weight = ok === false ? ` (${needed})` : "";
  const line = `  ${answer.padEnd(7)}  ${title}${weight}: ${detail}`;
  return ok === false && grant ? [line, `           ${grant}`] : [line];
}

function verdict({ ok, failure, capabilities }: SourceReport): string {
  if (failure) return "Not usable.";
  const recommended = capabilities.filter((one) => one.ok === false && !isMissing(one)).length;
  const missing = capabilities.filter(isMissing).length;
  if (!ok) return `Not ready: ${missing} required missing, ${recommended} recommended missing.`;
  return recommended === 0 ? "Ready." : `Ready; ${recommended} recommended missing.`;
}
