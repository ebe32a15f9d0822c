import { z } from "zod";
import { AppError } from "./errors.ts";

/** Parses input from outside. Throws `code` with one message per wrong field, never with the values. */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  code: "bad_request" | "validation_failed",
  what: string,
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const fields = Object.fromEntries(
    parsed.error.issues.map((issue) => [issue.path.map(String).join(".") || what, issue.message]),
  );
  const list = Object.entries(fields).map(([path, message]) => `${path}: ${message}`);
  throw new AppError(code, `The ${what} is not valid`, {
    detail: list.join("; "),
    remedy: "Correct the named fields and send it again.",
    fields,
  });
}

/** Text that Postgres can hold: any but NUL. For what a client hands back, such as a cursor. */
export const storableText = z
  .string()
  .refine((text) => !text.includes("\0"), "holds a NUL character");
