import { appendFile, chmod, mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { statePath } from "#lib/config/env.ts";
import type { Sql } from "#lib/db/sql.ts";
import { chainHead } from "./rows.ts";

/** The chain's head as it was seen at some time, kept outside the database: without it a cut-off tail is invisible. */
export interface Anchor {
  seq: bigint;
  hash: string;
  at: string;
}

const line = z.object({
  seq: z.string().regex(/^\d+$/).transform(BigInt),
  hash: z.string(),
  at: z.string(),
});

export const anchorFile = (): string => statePath("audit-head.log");

/** Every head this host has exported, oldest first. A line cut short by a crash is skipped. */
export async function readAnchors(file = anchorFile()): Promise<Anchor[]> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if ((error as { code?: unknown }).code === "ENOENT") return "";
    throw error;
  });
  return text.split("\n").flatMap((entry) => parseAnchor(entry) ?? []);
}

function parseAnchor(entry: string): Anchor | null {
  try {
    return line.parse(JSON.parse(entry));
  } catch {
    return null;
  }
}

/** Appends the chain's present head to the file when it moved since the last export. Null when there was nothing new. */
export async function exportHead(
  tx: Sql,
  file = anchorFile(),
  now = new Date(),
): Promise<Anchor | null> {
  const head = await chainHead(tx);
  const last = await lastAnchor(file);
  if (!head || head.hash === last?.hash) return null;
  const anchor = { ...head, at: now.toISOString() };
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, `${JSON.stringify({ ...anchor, seq: String(anchor.seq) })}\n`, {
    mode: 0o600,
  });
  await chmod(file, 0o600);
  return anchor;
}

/** Longer than any line. */
const TAIL_BYTES = 1_024;

/** The file grows for years: only its end is read. */
async function lastAnchor(file: string): Promise<Anchor | null> {
  const handle = await open(file, "r").catch((error: unknown) => {
    if ((error as { code?: unknown }).code === "ENOENT") return null;
    throw error;
  });
  if (!handle) return null;
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, start);
    const lines = buffer.toString("utf8", 0, bytesRead).split("\n");
    return lines.flatMap((entry) => parseAnchor(entry) ?? []).at(-1) ?? null;
  } finally {
    await handle.close();
  }
}
