import { z } from "zod";
import { AppError } from "#lib/core/errors.ts";
import type { PageCursor } from "#lib/sources/bullmq/job-page.ts";

const schema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("member"),
    id: z.string(),
    score: z.string().regex(/^-?(\d+(\.\d+)?(e\+?\d+)?|inf)$/i),
  }),
  z.object({ kind: z.literal("offset"), offset: z.number().int().nonnegative() }),
]);

export const encodeCursor = (cursor: PageCursor): string =>
  Buffer.from(JSON.stringify(cursor)).toString("base64url");

/** Throws `bad_request` for a text that `encodeCursor` did not make. */
export function decodeCursor(text: string | undefined): PageCursor | null {
  if (text === undefined) return null;
  try {
    return schema.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
  } catch {
    throw new AppError("bad_request", "This page no longer exists", {
      remedy: "Go back to the first page.",
    });
  }
}
