import { z } from "zod";
import { csvResponse } from "./csv.ts";
import { queryOf } from "./query.ts";
import { sharedReads } from "./shared-reads.ts";
import type { RouteContext } from "./route.ts";
import type { Actor } from "#lib/auth/actor.ts";
import type { Permission } from "#lib/auth/policy.ts";
import { AppError } from "#lib/core/errors.ts";
import { type Json, toJson } from "#lib/core/json.ts";
import { parseInput } from "#lib/core/parse.ts";
import type { Reading } from "#lib/core/reading.ts";
import { askLive } from "#lib/live/ask.ts";
import type { Read, Signal } from "#lib/signals/define.ts";
import { signalById } from "#lib/signals/index.ts";

/** Exports stop here; the answer says so. */
const CSV_MAX_ROWS = 10_000;

export const signalParams = z.object({ signal: z.string() });
export const itemParams = signalParams.extend({ id: z.string().min(1).max(1_000) });
/** A live look or a further read of a signal, by its name there. */
export const namedParams = signalParams.extend({ name: z.string() });

type Context<Params> = Pick<RouteContext<Params, unknown, unknown>, "actor" | "params" | "request">;

/** Every read of a signal needs the signal's own read permission. Throws `not_found` for an unknown signal. */
export function readPermission({ signal }: { signal: string }): Permission {
  return `${known(signal).id}.read`;
}

/** The signal's list as JSON, or as CSV with `?format=csv`. */
export async function listSignal({
  actor,
  params,
  request,
}: Context<{ signal: string }>): Promise<Reading<unknown> | Response> {
  const signal = known(params.signal);
  const { format, ...query } = queryOf(request);
  const context = { actor, now: new Date() };
  const run = (input: Record<string, unknown>) =>
    signal.read.list.run(context, parseQuery(signal.read.list, input));
  if (format === undefined || format === "json")
    return shared(signal, signal.read.list, { actor, what: "list", query }, () => run(query));
  if (format !== "csv")
    throw new AppError("bad_request", `"${String(format)}" is not a format`, {
      remedy: "Use json or csv.",
    });
  // An export pages as the list does by itself: a small limit would only mean more reads.
  const { limit: _limit, ...filter } = query;
  return exportCsv(signal.id, filter, run);
}

export function seriesOfSignal({
  actor,
  params,
  request,
}: Context<{ signal: string }>): Promise<Reading<unknown>> {
  const signal = known(params.signal);
  const read = signal.read.series;
  if (!read) throw nothingHere();
  const query = queryOf(request);
  return shared(signal, read, { actor, what: "series", query }, () =>
    read.run({ actor, now: new Date() }, parseQuery(read, query)),
  );
}

export function getFromSignal({
  actor,
  params,
  request,
}: Context<{ signal: string; id: string }>): Promise<Reading<unknown>> {
  const signal = known(params.signal);
  const read = signal.read.get;
  if (!read) throw nothingHere();
  const query = queryOf(request);
  return shared(signal, read, { actor, what: `get ${params.id}`, query }, () =>
    read.run({ actor, now: new Date() }, params.id, parseQuery(read, query)),
  );
}

/** One of the further reads of a signal. */
export function readFromSignal({
  actor,
  params,
  request,
}: Context<{ signal: string; name: string }>): Promise<Reading<unknown>> {
  const signal = known(params.signal);
  const reads = signal.reads ?? {};
  const read = Object.hasOwn(reads, params.name) ? reads[params.name] : undefined;
  if (!read) throw nothingHere();
  const query = queryOf(request);
  return shared(signal, read, { actor, what: `read ${params.name}`, query }, () =>
    read.run({ actor, now: new Date() }, parseQuery(read, query)),
  );
}

/** Reads that answer everybody the same share one answer between equal questions. */
function shared(
  signal: Signal,
  read: Pick<Read, "personal" | "sharedBy">,
  { actor, what, query }: { actor: Actor; what: string; query: Record<string, unknown> },
  load: () => Promise<Reading<unknown>>,
): Promise<Reading<unknown>> {
  if (read.personal) return load();
  return sharedReads()(JSON.stringify([signal.id, what, query, read.sharedBy?.(actor)]), load);
}

/** Asks the worker for a bounded look at the target itself; `source` names it. */
export function liveFromSignal({
  actor,
  params: { signal, name },
  request,
}: Context<{ signal: string; name: string }>): Promise<Reading<unknown>> {
  const { source, ...params } = queryOf(request);
  if (typeof source === "string") return askLive({ actor, signal, name, source, params });
  throw new AppError("bad_request", "The query is not valid", {
    fields: { source: "Name one source" },
    remedy: "Add `source`.",
  });
}

async function exportCsv(
  name: string,
  query: Record<string, unknown>,
  run: (input: Record<string, unknown>) => Promise<Reading<unknown>>,
): Promise<Response> {
  const rows: Record<string, Json>[] = [];
  let cursor: string | null = null;
  do {
    const { data } = await run(cursor === null ? query : { ...query, cursor });
    const page = exportable.safeParse(toJson(data));
    if (!page.success)
      throw new AppError("bad_request", "This list cannot be exported as CSV", {
        remedy: "Leave out `format`.",
      });
    rows.push(...page.data.rows);
    cursor = page.data.nextCursor;
  } while (cursor !== null && rows.length < CSV_MAX_ROWS);
  return csvResponse(
    rows.slice(0, CSV_MAX_ROWS),
    name,
    cursor !== null || rows.length > CSV_MAX_ROWS,
  );
}

/** Lists that hold `rows` can be exported; `nextCursor` where they are paged (see `pageSchema`). */
const exportable = z.object({
  rows: z.array(z.record(z.string(), z.json())),
  nextCursor: z.string().nullable().default(null),
});

function parseQuery(read: Pick<Read, "params">, input: unknown) {
  return parseInput(read.params, input, "bad_request", "query");
}

function known(id: string): Signal {
  const signal = signalById(id);
  if (!signal) throw nothingHere();
  return signal;
}

function nothingHere(): AppError {
  return new AppError("not_found", "There is nothing at this address", {
    remedy: "See /api/v1/openapi.json for what there is.",
  });
}
