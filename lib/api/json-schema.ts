import { z } from "zod";
import { sha256 } from "#lib/core/ids.ts";

export type JsonSchema = Record<string, unknown>;

export interface SchemaWriter {
  /** The JSON schema of what goes in or comes out. */
  write(schema: z.ZodType, io: "input" | "output"): JsonSchema;
  /** Schemas that refer to themselves, for the document's `components.schemas`. */
  shared: Record<string, JsonSchema>;
}

/** Turns zod schemas into parts of one OpenAPI document. */
export function schemaWriter(): SchemaWriter {
  const shared: Record<string, JsonSchema> = {};
  const write = (schema: z.ZodType, io: "input" | "output"): JsonSchema => {
    // Wrapped, so that a recursive schema is referred to by name and never as "the whole document".
    const { properties, $defs = {} } = z.toJSONSchema(z.object({ it: schema }), {
      io,
      unrepresentable: "any",
    });
    const own = properties?.["it"] as JsonSchema;
    const prefix = `#/components/schemas/s${sha256(JSON.stringify($defs)).slice(0, 8)}`;
    const moved = (part: unknown): JsonSchema =>
      JSON.parse(JSON.stringify(part).replaceAll('"#/$defs/', `"${prefix}`)) as JsonSchema;
    for (const [name, definition] of Object.entries($defs)) {
      shared[`${prefix.split("/").at(-1)}${name}`] = moved(definition);
    }
    return moved(own);
  };
  return { write, shared };
}
