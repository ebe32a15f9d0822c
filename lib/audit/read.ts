import { requireRange } from "#lib/core/range.ts";
import { type Prisma } from "#lib/db/generated/client.ts";
import { db } from "#lib/db/client.ts";
import type { AuditParams, AuditRow } from "./schema.ts";

export interface AuditPage {
  rows: AuditRow[];
  /** The last sequence number of this page, when there is more. */
  nextCursor: string | null;
}

/** One page of the audit log, newest first unless asked otherwise. Throws `bad_request` for a range that is none. */
export async function listAudit(params: AuditParams, now: Date): Promise<AuditPage> {
  const found = await db().auditEvent.findMany({
    where: where(params, now),
    orderBy: { seq: params.dir },
    take: params.limit + 1,
  });
  const rows = found.slice(0, params.limit).map(toRow);
  return { rows, nextCursor: found.length > params.limit ? (rows.at(-1)?.seq ?? null) : null };
}

function where(params: AuditParams, now: Date): Prisma.AuditEventWhereInput {
  const range = params.range ? requireRange(params.range, now) : null;
  const contains = { contains: params.q ?? "", mode: "insensitive" as const };
  const past = params.dir === "asc" ? "gt" : "lt";
  const all: Prisma.AuditEventWhereInput[] = [
    params.q ? { OR: [{ target: contains }, { reason: contains }, { action: contains }] } : {},
    params.actor ? { actorLogin: params.actor } : {},
    params.action ? { action: params.action } : {},
    params.phase ? { phase: params.phase } : {},
    params.outcome ? { outcome: params.outcome } : {},
    params.source ? { sourceName: params.source } : {},
    params.run ? { runId: params.run } : {},
    params.seq ? { seq: BigInt(params.seq) } : {},
    range ? { at: { gte: range.from, lt: range.to } } : {},
    params.cursor ? { seq: { [past]: BigInt(params.cursor) } } : {},
  ];
  return { AND: all };
}

function toRow(event: Prisma.AuditEventGetPayload<object>): AuditRow {
  return {
    ...event,
    seq: event.seq.toString(),
    at: event.at.toISOString(),
    phase: event.phase as AuditRow["phase"],
    before: event.before as AuditRow["before"],
    after: event.after as AuditRow["after"],
  };
}
