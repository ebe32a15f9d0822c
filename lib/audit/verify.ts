import type { Sql } from "#lib/db/sql.ts";
import type { Anchor } from "./anchor.ts";
import { type AuditLink, GENESIS, hashLink } from "./entry.ts";
import { auditLinks } from "./rows.ts";

export type FaultKind = "altered" | "missing" | "reordered" | "rewritten" | "truncated";

/** The first place where the log is not what was written. */
export interface ChainFault {
  seq: bigint;
  kind: FaultKind;
  message: string;
}

export interface ChainReport {
  /** How many rows were read, up to the fault. */
  checked: bigint;
  head: { seq: bigint; hash: string } | null;
  /** How many exported heads the table was compared with. */
  anchors: number;
  fault: ChainFault | null;
}

interface VerifyOptions {
  /** Trust everything before this row. */
  from?: bigint;
  /** Heads exported earlier; see anchor.ts. Read them before calling, so that the table can only be ahead of them. */
  anchors?: readonly Anchor[];
}

/** Reads the chain from end to end and names the first row that is not as it was written, and how one can tell. */
export async function verifyChain(
  tx: Sql,
  { from = 1n, anchors = [] }: VerifyOptions = {},
): Promise<ChainReport> {
  const expected = new Map(anchors.map((anchor) => [anchor.seq, anchor]));
  let previous = { seq: from - 1n, hash: await hashBefore(tx, from) };
  let checked = 0n;
  const report = (fault: ChainFault | null): ChainReport => ({
    checked,
    head: previous.seq >= from ? previous : null,
    anchors: anchors.length,
    fault,
  });
  for await (const link of auditLinks(tx, from)) {
    const fault = (await faultOf(tx, previous, link)) ?? anchorFault(link, expected.get(link.seq));
    if (fault) return report(fault);
    previous = { seq: link.seq, hash: link.hash };
    checked += 1n;
  }
  return report(truncation(previous.seq, anchors));
}

async function hashBefore(tx: Sql, from: bigint): Promise<string> {
  const { rows } = await tx.query<{ hash: string }>("SELECT hash FROM audit_event WHERE seq = $1", [
    from - 1n,
  ]);
  return rows[0]?.hash ?? GENESIS;
}

async function faultOf(
  tx: Sql,
  previous: { seq: bigint; hash: string },
  link: AuditLink,
): Promise<ChainFault | null> {
  const due = previous.seq + 1n;
  if (link.seq !== due) {
    const gap = link.seq - 1n === due ? `Row ${due} is` : `Rows ${due} to ${link.seq - 1n} are`;
    return { seq: due, kind: "missing", message: `${gap} missing.` };
  }
  const intact = hashLink(link) === link.hash;
  if (intact && link.prevHash === previous.hash) return null;
  const writtenAfter =
    link.prevHash === previous.hash ? null : await rowWithHash(tx, link.prevHash);
  if (writtenAfter !== null) {
    return {
      seq: due,
      kind: "reordered",
      message: `Row ${due} was written after what is now row ${writtenAfter}.`,
    };
  }
  if (!intact) return { seq: due, kind: "altered", message: `Row ${due} does not match its hash.` };
  return {
    seq: previous.seq,
    kind: "altered",
    message: `Row ${previous.seq} is not the row that row ${due} was written after.`,
  };
}

async function rowWithHash(tx: Sql, hash: string): Promise<bigint | null> {
  const { rows } = await tx.query<{ seq: bigint }>("SELECT seq FROM audit_event WHERE hash = $1", [
    hash,
  ]);
  return rows[0]?.seq ?? null;
}

function anchorFault(link: AuditLink, anchor: Anchor | undefined): ChainFault | null {
  if (!anchor || anchor.hash === link.hash) return null;
  const message = `Row ${link.seq}, or one before it, was rewritten with its hashes: the head exported at ${anchor.at} was another.`;
  return { seq: link.seq, kind: "rewritten", message };
}

function truncation(lastSeq: bigint, anchors: readonly Anchor[]): ChainFault | null {
  const cut = anchors.filter((anchor) => anchor.seq > lastSeq).at(-1);
  if (!cut) return null;
  const message = `The log ends at row ${lastSeq}, but row ${cut.seq} was its head at ${cut.at}: the tail was cut off.`;
  return { seq: lastSeq + 1n, kind: "truncated", message };
}
