import { z } from "zod";
import { AppError } from "#lib/core/errors.ts";

/** The query string as an object: a name that occurs once is a string, a repeated one a list. Throws `bad_request`. */
export function queryOf(request: Request): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  const { searchParams } = new URL(request.url);
  for (const name of new Set(searchParams.keys())) {
    const values = searchParams.getAll(name);
    values.forEach(assertText);
    query[name] = values.length === 1 ? (values[0] as string) : values;
  }
  return query;
}

/** A parameter that may be given several times; once counts as a list of one. */
export function listParam<Item extends z.ZodType>(item: Item) {
  return z.union([z.array(item), item.transform((one) => [one])]);
}

/** Refuses the character that no text of ours can hold, because Postgres cannot. Throws `bad_request`. */
export function assertText(text: string): void {
  if (!text.includes("\0")) return;
  throw new AppError("bad_request", "The request holds a NUL character", {
    remedy: "Leave it out.",
  });
}
