import { AppError } from "#lib/core/errors.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import type { CollectContext, Collected } from "#lib/signals/define.ts";
import { difference, type Increase, keyOf } from "./delta.ts";
import type { KnownStatement, NewStatement, Observation, Working } from "./observation.ts";
import { planTop } from "./plan/top.ts";
import { look, readTexts } from "./snapshot.ts";
import { loadBaseline, loadKnown } from "./store/baseline.ts";
import { describe } from "./text.ts";
import { parserReady } from "./tokens.ts";

/**
 * One look at pg_stat_statements, compared with the last one in our database, and plans for the statements that cost
 * most in between. Four statements when nothing is new, one more for new texts, and eight or so for each plan.
 */
export async function collectQueries({
  source,
  now,
  abort,
}: CollectContext): Promise<Collected<Observation>> {
  const target = asPostgres(source);
  await parserReady();
  const baseline = await loadBaseline(source.id);
  const { snapshot, server } = await look(target.conn);
  const diff = difference(baseline.snapshot, snapshot);
  const known = await loadKnown(source.id, diff.increases);
  const added = await identify(target, known, diff.increases);
  const working = join(diff.increases, known, added);
  const plans = await planTop(target, { working, dbid: server.connectedDbid, now, abort });
  const { serverVersion } = target;
  return {
    rows: [
      {
        baseline,
        snapshot,
        server,
        difference: diff,
        working,
        added,
        plans: plans.attempts,
        serverVersion,
      },
    ],
    unread: [...hiddenNote(server.hidden), ...instanceNote(diff.kind), ...plans.unread],
  };
}

export function asPostgres(source: OpenSource): OpenSource<"postgres"> {
  if (source.kind === "postgres") return source;
  throw new AppError("internal", `${source.name} is not a PostgreSQL source`);
}

/** Texts for what works and is not known by text yet. */
async function identify(
  target: OpenSource<"postgres">,
  known: ReadonlyMap<string, KnownStatement>,
  increases: readonly Increase[],
): Promise<NewStatement[]> {
  const unknown = increases.filter((each) => !known.get(keyOf(each))?.text);
  if (unknown.length === 0) return [];
  const read = await readTexts(target.conn, unknown);
  const texts = new Map(read.map((each) => [each.key, each]));
  return unknown.map(({ dbid, userid, queryid, toplevel }) => {
    const key = keyOf({ dbid, userid, queryid, toplevel });
    const found = texts.get(key);
    const facts = found?.text ? describe(found.text) : null;
    const rest = { role: found?.role ?? "", truncated: found?.truncated ?? false, facts };
    return { key, dbid, userid, queryid, toplevel, ...rest };
  });
}

function join(
  increases: readonly Increase[],
  known: ReadonlyMap<string, KnownStatement>,
  added: readonly NewStatement[],
): Working[] {
  const fresh = new Map(added.map((each) => [each.key, each]));
  return increases.map((increase) => {
    const key = keyOf(increase);
    const stored = known.get(key);
    const { facts = null, truncated = stored?.truncated ?? false } = fresh.get(key) ?? {};
    const { text, kind, own } = facts ?? stored ?? { text: null, kind: null, own: false };
    return { ...increase, key, text, kind, own, truncated, attempt: stored?.attempt ?? null };
  });
}

function hiddenNote(hidden: number): string[] {
  if (hidden === 0) return [];
  return [`${hidden} statements of other roles are hidden: grant pg_read_all_stats to this role.`];
}

function instanceNote(kind: string): string[] {
  if (kind !== "other_server") return [];
  return [
    "Another server, or one with other statistics, answers at this address: counting starts anew.",
  ];
}
