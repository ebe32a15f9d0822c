import { anchorFile, readAnchors } from "#lib/audit/anchor.ts";
import { auditProtection } from "#lib/audit/protection.ts";
import { auditLinks } from "#lib/audit/rows.ts";
import { type ChainReport, verifyChain } from "#lib/audit/verify.ts";
import { closePool, sql } from "#lib/db/sql.ts";
import { defineCommand, usageError } from "../command.ts";

export const command = defineCommand({
  summary: "Verify the audit log's hash chain, or export the log",
  usage: ["verify [--from <row>] [--heads <file>] [--json]", "export [--from <row>]"],
  options: { from: { type: "string" }, heads: { type: "string" } },
  async run({ values, positionals, answer }) {
    const [what, ...rest] = positionals;
    if (rest.length > 0) throw usageError(`"${rest.join(" ")}" means nothing here.`);
    const from = rowNumber(values.from ?? "1");
    try {
      if (what === "verify") return await verify(from, values.heads ?? anchorFile(), answer);
      if (what === "export") return await exportRows(from);
    } finally {
      await closePool();
    }
    throw usageError("Say verify or export.");
  },
});

function rowNumber(text: string): bigint {
  if (/^[1-9]\d*$/.test(text)) return BigInt(text);
  throw usageError(`--from is a row number from 1, not "${text}".`);
}

async function verify(
  from: bigint,
  heads: string,
  answer: (data: unknown, text: string) => void,
): Promise<number> {
  // The heads first: the table may then only be ahead of them.
  const anchors = await readAnchors(heads);
  const report = await verifyChain(sql, { from, anchors });
  const protection = await auditProtection(sql);
  answer({ ok: report.fault === null, ...report, protection }, describe(report, heads, protection));
  return report.fault ? 1 : 0;
}

function describe(
  { fault, checked, head, anchors }: ChainReport,
  heads: string,
  protection: { message: string },
): string {
  const found = fault
    ? `NOT as it was written: ${fault.kind} at row ${fault.seq}. ${fault.message} ${checked} rows before it verify.`
    : `The audit log verifies: ${checked} rows${head ? `, head ${head.seq} ${head.hash}` : ""}.`;
  const compared =
    anchors > 0
      ? `Compared with ${anchors} exported heads in ${heads}.`
      : `No exported heads in ${heads}: a tail cut off before now cannot be seen.`;
  return `${found}\n${compared}\n${protection.message}`;
}

/** One JSON line per event, in order, with its hashes, so that anybody can verify the chain elsewhere. */
async function exportRows(from: bigint): Promise<number> {
  for await (const link of auditLinks(sql, from)) {
    const line = JSON.stringify(link, (_key, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    if (!process.stdout.write(`${line}\n`)) await drained();
  }
  return 0;
}

const drained = (): Promise<void> =>
  new Promise((resolve) => process.stdout.once("drain", () => resolve()));
