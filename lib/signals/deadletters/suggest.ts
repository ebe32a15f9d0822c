import type { z } from "zod";
import { sql } from "#lib/db/sql.ts";
import { defineRead, type ReadContext } from "#lib/signals/define.ts";
import { freshnessOfSignal } from "#lib/signals/freshness.ts";
import { suggestParamsSchema, suggestionsSchema } from "./schema.ts";
import { parseQuery } from "./search/grammar.ts";
import { maySearchPayloads, sharedBySearchers } from "./search/meaning.ts";
import { fixedValues, QUALIFIERS, type Suggestion } from "./search/qualifiers.ts";
import { groupsHolding, payloadPaths, valuesOf, workers } from "./suggested-values.ts";

const MAX_ITEMS = 12;

/** What could stand where the caret is. */
export const suggestions = defineRead({
  params: suggestParamsSchema,
  data: suggestionsSchema,
  sharedBy: sharedBySearchers,
  run: readSuggestions,
});

async function readSuggestions(context: ReadContext, params: z.output<typeof suggestParamsSchema>) {
  const { from, to } = placeOf(params);
  const typed = params.q.slice(from, params.at);
  const minus = typed.startsWith("-") ? "-" : "";
  const items = await itemsFor(typed.slice(minus.length), context);
  const freshness = await freshnessOfSignal("deadletters", null, context.now);
  const shown = items.slice(0, MAX_ITEMS).map(({ text, hint, count }) => ({
    text: minus + text,
    hint: hint ?? null,
    count: count ?? null,
  }));
  return { data: { from, to, items: shown }, ...freshness };
}

/** The term around the caret, whether it can be read already or not; an empty place between terms. */
function placeOf({ q, at }: { q: string; at: number }): { from: number; to: number } {
  const { terms, complaints } = parseQuery(q);
  const caret = Math.min(at, q.length);
  const around = [...terms, ...complaints].find(({ from, to }) => from < caret && caret <= to);
  return around ? { from: around.from, to: around.to } : { from: caret, to: caret };
}

async function itemsFor(typed: string, { actor }: ReadContext): Promise<Suggestion[]> {
  const colon = typed.indexOf(":");
  if (typed.startsWith("data.") && colon < 0)
    return maySearchPayloads(actor) ? payloadPaths(sql, typed.slice("data.".length)) : [];
  if (colon > 0) return valuesFor(typed.slice(0, colon), unquoted(typed.slice(colon + 1)));
  const qualifiers = QUALIFIERS.filter(
    ({ text }) => text.startsWith(typed) && (text !== "data." || maySearchPayloads(actor)),
  );
  if (typed === "") return [...qualifiers];
  const word = unquoted(typed);
  const found = await Promise.all([
    valuesOf(sql, "queue", word),
    valuesOf(sql, "name", word),
    valuesOf(sql, "error", word),
    groupsHolding(sql, word),
  ]);
  return [...qualifiers, ...found.flatMap((some) => some.slice(0, 3))];
}

async function valuesFor(field: string, typed: string): Promise<Suggestion[]> {
  if (field === "queue" || field === "name" || field === "error")
    return valuesOf(sql, field, typed);
  if (field === "group") return groupsHolding(sql, typed);
  if (field === "worker") return workers(sql, typed);
  return fixedValues(field).filter(({ text }) => text.slice(field.length + 1).startsWith(typed));
}

const unquoted = (text: string): string => text.replaceAll(/^"|"$/g, "");
