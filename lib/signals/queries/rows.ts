import { AppError } from "#lib/core/errors.ts";
import { ratio } from "#lib/core/stats.ts";
import type { QueryRow, Work } from "./schema.ts";
import type { StatementRow, WorkRow } from "./store/list.ts";
import type { Window } from "./store/window.ts";

const SUMMARY_LENGTH = 400;

/** Raw counters as people read them. */
export function toWork(row: WorkRow, blockSize: number): Work {
  return {
    calls: row.calls,
    execMs: row.exec_ms,
    meanMs: row.exec_ms / row.calls,
    planMs: row.plan_ms,
    rows: row.rows,
    hitRatio: ratio(row.blks_hit, row.blks_hit + row.blks_read),
    readBytes: row.blks_read * blockSize,
    readMs: row.read_ms,
    writtenBytes: row.blks_written * blockSize,
    tempBytes: (row.temp_read + row.temp_written) * blockSize,
    walBytes: row.wal_bytes,
    jitMs: row.jit_ms,
  };
}

/** What a statement did when it did nothing. */
export const NO_WORK: Work = {
  calls: 0,
  execMs: 0,
  meanMs: 0,
  planMs: 0,
  rows: 0,
  hitRatio: null,
  readBytes: 0,
  readMs: null,
  writtenBytes: 0,
  tempBytes: 0,
  walBytes: 0,
  jitMs: 0,
};

export interface RowContext {
  window: Window;
  /** Seconds observed of this row's source. */
  seconds: number;
  /** All statements' time in scope. */
  totalMs: number;
}

export function toRow(
  row: StatementRow,
  { window, seconds, totalMs }: RowContext,
): Omit<QueryRow, "spark"> {
  const work = row.calls ? toWork(row, row.blockSize) : NO_WORK;
  return {
    ...work,
    id: row.id,
    source: row.source,
    database: row.database,
    role: row.role,
    kind: row.kind,
    summary: row.text === null ? null : summaryOf(row.text),
    toplevel: row.toplevel,
    callsPerSecond: ratio(work.calls, seconds),
    share: row.toplevel ? ratio(work.execMs, totalMs) : null,
    planState: row.planId ? "planned" : row.planReason ? "failed" : "none",
    planChanged: row.planChangedAt !== null && row.planChangedAt >= window.from,
    firstSeen: row.firstSeen.toISOString(),
  };
}

function summaryOf(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > SUMMARY_LENGTH ? `${line.slice(0, SUMMARY_LENGTH)}…` : line;
}

/** Where the next page goes on. The window's ends are in it, so that all pages look at the same time. */
export interface Cursor {
  from: Date;
  to: Date;
  value: number;
  id: string;
}

export function encodeCursor({ from, to, value, id }: Cursor): string {
  return Buffer.from(JSON.stringify([from.getTime(), to.getTime(), value, id])).toString(
    "base64url",
  );
}

export function decodeCursor(text: string): Cursor {
  try {
    const [from, to, value, id] = JSON.parse(
      Buffer.from(text, "base64url").toString(),
    ) as unknown[];
    const valid =
      [from, to, value].every(Number.isFinite) && typeof id === "string" && /^\d+$/.test(id);
    if (valid)
      return { from: new Date(Number(from)), to: new Date(Number(to)), value: Number(value), id };
  } catch {
    // Said below, like any other text that is no cursor.
  }
  throw new AppError("bad_request", "This is not a cursor of this list", {
    remedy: "Take `nextCursor` from the page before, unchanged, or leave `cursor` out.",
  });
}
