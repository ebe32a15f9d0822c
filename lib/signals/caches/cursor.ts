import { z } from "zod";
import { AppError } from "#lib/core/errors.ts";
import { storableText } from "#lib/core/parse.ts";
import type { Position } from "./select.ts";
import type { Window } from "./window.ts";

/** Where the next page goes on. The window's ends are in it, so that all pages look at the same time. */
export interface Cursor {
  window: Window;
  position: Position;
}

/** Milliseconds that a Date can hold (ECMA-262). */
const time = z.number().int().min(0).max(8.64e15);
const sortValue = z.union([storableText, z.number(), z.null()]);
const shape = z.tuple([time, time, sortValue, storableText, storableText]);

export function encodeCursor({ window: { from, to }, position }: Cursor): string {
  const { value, source, key } = position;
  const parts = [from.getTime(), to.getTime(), value, source, key];
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** `type` is that of the sort value. Throws `bad_request` for anything that is no cursor of this list in this order. */
export function decodeCursor(text: string, type: "float8" | "text"): Cursor {
  try {
    const [from, to, value, source, key] = shape.parse(
      JSON.parse(Buffer.from(text, "base64url").toString()),
    );
    if (value === null || typeof value === (type === "text" ? "string" : "number")) {
      const window = { from: new Date(from), to: new Date(to) };
      return { window, position: { value, source, key } };
    }
  } catch {
    // Told below, like a cursor of another order.
  }
  throw new AppError("bad_request", "This page no longer exists", {
    remedy: "Go back to the first page.",
  });
}
