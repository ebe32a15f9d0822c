import { z } from "zod";
import { HOUR, SECOND, tryParseDuration } from "#lib/core/time.ts";
import type { SourceConfig, SourceKind } from "./define.ts";
import { sourceDefinitions } from "./index.ts";

/** plumbline.yaml itself; each entry is checked on its own, by its kind. */
export const fileSchema = z.strictObject(
  { sources: z.array(z.unknown(), { error: "expected a list of sources" }) },
  { error: "expected a map with the key `sources`" },
);

const name = z.string({ error: "expected a name" }).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, {
  error: "expected letters, digits, dots and dashes, at most 63",
});

const labels = z
  .record(
    z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/, { error: "expected label names like service, team or tier" }),
    z.union([z.string(), z.number(), z.boolean()], { error: "expected a text" }).transform(String),
    { error: "expected a map of labels, such as service: payments" },
  )
  .default({});

const interval = z
  .string({ error: "expected a duration such as 10s" })
  .transform((text, context) => {
    const ms = tryParseDuration(text);
    if (ms !== null && ms >= SECOND && ms <= HOUR) return ms;
    const message =
      ms === null ? "expected a duration such as 10s" : "expected a duration from 1s to 1h";
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

const kind = z.enum(Object.keys(sourceDefinitions) as SourceKind[], {
  error: `expected one of ${Object.keys(sourceDefinitions).join(", ")}`,
});

/** Enough of an entry to know which schema the whole of it must meet. */
export const kindOf = z.looseObject(
  { kind },
  { error: "expected a source with name, kind and url" },
);

const baseKeys = { name, labels };

function entrySchema(of: SourceKind) {
  const { schemes, urlExample, defaultIntervalMs, yamlKeys } = sourceDefinitions[of];
  const message = `expected a URL such as ${urlExample} (percent-encode special characters of the password)`;
  const url = z
    .string({ error: message })
    .refine((text) => schemes.includes(schemeOf(text) ?? ""), { error: message });
  return z.strictObject({
    ...baseKeys,
    kind: z.literal(of),
    url,
    interval: interval.default(defaultIntervalMs),
    ...yamlKeys,
  });
}

function schemeOf(text: string): string | null {
  return URL.canParse(text) ? new URL(text).protocol.slice(0, -1) : null;
}

/** What one entry of `sources` must look like, and what it becomes. */
export const entrySchemas = Object.fromEntries(
  (Object.keys(sourceDefinitions) as SourceKind[]).map((of) => [of, entrySchema(of)]),
) as Record<SourceKind, ReturnType<typeof entrySchema>>;

/** The keys an entry of this kind may have, in the order to name them. */
export const entryKeys = (of: SourceKind): string[] => Object.keys(entrySchemas[of].shape);

export function toConfig(
  of: SourceKind,
  entry: z.output<ReturnType<typeof entrySchema>>,
): SourceConfig {
  const { name: called, url, labels: given, interval: intervalMs } = entry;
  const options = sourceDefinitions[of].options(entry);
  return { name: called, kind: of, url, labels: given, intervalMs, options } as SourceConfig;
}
