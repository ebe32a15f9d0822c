import { createHash } from "node:crypto";
import { maskJson } from "#lib/core/redact.ts";

/** A stored text as one person may see it. */
export interface ShownPayload {
  /** As it is stored, so that large numbers keep their digits; null when it was not read. */
  text: string | null;
  masked: boolean;
  bytes: number;
  /** What is missing of it, in one sentence. */
  note: string | null;
}

/** More is not fetched: one answer of this size holds Redis up for about a millisecond. */
export const MAX_FETCH_BYTES = 8 * 1024 * 1024;
/** More is not sent to a browser. */
const MAX_SHOWN = 512 * 1024;

/** A stored text as this person may see it: as it is when revealed, else its keys and shape. */
export function toPayload(raw: string | null, bytes: number, revealed: boolean): ShownPayload {
  if (raw === null) {
    const megabytes = (bytes / 1024 / 1024).toFixed(1);
    const note = bytes > 0 ? `Not read: it is ${megabytes} MB, more than Plumbline fetches.` : null;
    return { text: null, masked: !revealed, bytes, note };
  }
  const text = revealed ? raw : maskJson(raw);
  const cut = text.length > MAX_SHOWN;
  return {
    text: cut ? text.slice(0, MAX_SHOWN) : text,
    masked: !revealed,
    bytes,
    note: cut ? `Only the first ${MAX_SHOWN / 1024} kB are shown.` : null,
  };
}

/** What a server's scripts can compare a payload with: it knows no better hash. */
export const payloadSha1 = (data: Buffer): string => createHash("sha1").update(data).digest("hex");
