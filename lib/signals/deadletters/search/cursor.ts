import { AppError } from "#lib/core/errors.ts";

/** Where a letter stands in the order of failures. */
export interface Position {
  at: Date;
  id: bigint;
}

export const encodeCursor = ({ at, id }: Position): string =>
  Buffer.from(JSON.stringify([at.getTime(), String(id)])).toString("base64url");

/** Throws `bad_request` for anything but a cursor of a list of letters. */
export function decodeCursor(text: string): Position {
  try {
    const [ms, id] = JSON.parse(Buffer.from(text, "base64url").toString()) as unknown[];
    const at = new Date(Number.isInteger(ms) ? Number(ms) : Number.NaN);
    const isId = typeof id === "string" && /^\d{1,18}$/.test(id);
    if (isId && !Number.isNaN(at.getTime()) && Math.abs(at.getTime()) < LATEST)
      return { at, id: BigInt(id) };
  } catch {
    // Said below, like any other text that is no cursor.
  }
  throw new AppError("bad_request", "This is not a cursor of this list", {
    remedy: "Take `nextCursor` from the page before, unchanged, or leave `cursor` out.",
  });
}

/** Postgres knows no time far beyond it. */
const LATEST = Date.UTC(9999, 0, 1);
