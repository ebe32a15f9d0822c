import { dehydrate, HydrationBoundary, QueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { getSessionActor } from "#lib/auth/session-actor.ts";
import { can, type Permission } from "#lib/auth/policy.ts";
import { toJson } from "#lib/core/json.ts";
import type { Reading } from "#lib/core/reading.ts";
import type { ReadContext, Signal } from "#lib/signals/define.ts";
import { type QueryParams, signalKey } from "./client.ts";
import { readingSchema } from "./schema.ts";

/** One read to run on the server; `params` exactly as the screen's query has them (for `get` with `id`). */
export interface PrefetchRead {
  signal: Signal;
  kind: "list" | "get" | "series" | `reads:${string}`;
  params: QueryParams;
}

/** Any other query to run on the server: its key as in the browser, and what fills it. */
export interface PrefetchQuery {
  queryKey: readonly unknown[];
  /** Whoever lacks it gets nothing prefetched; the browser's own request is then refused. */
  permission?: Permission;
  load(context: ReadContext): Promise<unknown>;
}

/**
 * Runs reads on the server and hands their data to the screen under the same query keys, so that the first HTML shows them.
 * A read that fails is left to the browser, whose screen shows the error.
 */
export async function Prefetch({
  reads = [],
  queries = [],
  children,
}: {
  reads?: readonly PrefetchRead[];
  queries?: readonly PrefetchQuery[];
  children: ReactNode;
}) {
  const actor = await getSessionActor();
  const client = new QueryClient();
  if (actor) {
    const context = { actor, now: new Date() };
    const allowed = [...reads.map(toQuery), ...queries].filter(
      ({ permission }) => permission === undefined || can(actor, permission),
    );
    await Promise.all(
      allowed.map(({ queryKey, load }) =>
        client.prefetchQuery({ queryKey, queryFn: async () => toJson(await load(context)) }),
      ),
    );
  }
  return <HydrationBoundary state={dehydrate(client)}>{children}</HydrationBoundary>;
}

function toQuery(read: PrefetchRead): PrefetchQuery {
  return {
    queryKey: signalKey(read.signal.id, read.kind, read.params),
    permission: `${read.signal.id}.read`,
    load: (context) => runRead(read, context),
  };
}

/** The same value the browser would get over HTTP: through JSON and the same schema. */
async function runRead(
  { signal, kind, params }: PrefetchRead,
  context: ReadContext,
): Promise<Reading<unknown>> {
  const { id, ...rest } = params;
  if (kind === "get") {
    const { get } = signal.read;
    if (!get) throw new Error(`${signal.id} has no get read`);
    const one = await get.run(context, String(id), get.params.parse(rest));
    return readingSchema(get.data).parse(toJson(one)) as Reading<unknown>;
  }
  const read = kind.startsWith("reads:")
    ? signal.reads?.[kind.slice("reads:".length)]
    : signal.read[kind as "list" | "series"];
  if (!read) throw new Error(`${signal.id} has no ${kind} read`);
  const reading = await read.run(context, read.params.parse(params));
  return readingSchema(read.data).parse(toJson(reading)) as Reading<unknown>;
}
