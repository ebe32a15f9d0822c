import { type Sql, transaction } from "#lib/db/sql.ts";
import { errorCode } from "#lib/sources/errors.ts";
import { countArrivals } from "./counting.ts";
import { type EarlierLetter, earlierLetters, failedAgain, isKnown, isOtherJob } from "./earlier.ts";
import type { Failure } from "./failure.ts";
import { resolveFacets } from "./groups.ts";
import { insertLetters, type NewLetter } from "./insert.ts";
import { prepare, type Prepared } from "./prepare.ts";
import { resolveTraces } from "./traces.ts";
import type { LetterState } from "../states.ts";

/** What one batch brought. */
export interface Ingested {
  /** New letters. */
  arrived: number;
  /** Of these, those whose payload is lost. */
  lost: number;
}

const TRIES = 4;

/**
 * Rows and how far reading has got commit together: what a crash of the database forgets is read again. And of a table that grows by
 * thousands of rows a second the planner knows only what it was minutes ago: reading all of it is never the way.
 */
const SETTINGS =
  "SELECT set_config('synchronous_commit', 'off', true), set_config('enable_seqscan', 'off', true)";

/**
 * Stores failures of one queue, each once: a failure that is known is left as it is. At most `BATCH` of them at a time. `also`
 * runs in the same transaction, for what must not part from them, such as how far reading has got.
 */
export function ingest(
  queueId: number,
  failures: readonly Failure[],
  also?: (tx: Sql) => Promise<void>,
): Promise<Ingested> {
  return ingestPrepared(queueId, failures.map(prepare), also);
}

/** The same for failures that were prepared while something else was waited for. */
export async function ingestPrepared(
  queueId: number,
  prepared: readonly Prepared[],
  also: (tx: Sql) => Promise<void> = async () => {},
): Promise<Ingested> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await transaction(async (tx) => {
        await tx.query(SETTINGS);
        const ingested = await store(tx, queueId, prepared);
        await also(tx);
        return ingested;
      });
    } catch (error) {
      if (!isCollision(error) || tries === TRIES) throw error;
    }
  }
}

/** Deadlock, or a group that retention took away between two statements: the same again meets other circumstances. */
const isCollision = (error: unknown): boolean =>
  ["40P01", "40001", "23503"].includes(errorCode(error) ?? "");

async function store(tx: Sql, queueId: number, prepared: readonly Prepared[]): Promise<Ingested> {
  if (prepared.length === 0) return { arrived: 0, lost: 0 };
  const earlier = await earlierLetters(
    tx,
    queueId,
    prepared.map(({ failure }) => failure),
  );
  const fresh = prepared.filter(({ failure }) => !isKnown(failure, earlier.get(failure.jobId)));
  if (fresh.length === 0) return { arrived: 0, lost: 0 };
  const facets = await resolveFacets(tx, queueId, fresh);
  const traces = await resolveTraces(tx, fresh);
  const letters = fresh.map((one, at): NewLetter => ({
    ...linked(one, facets[at] as number, earlier),
    traceId: traces[at] as number,
  }));
  const stored = await insertLetters(tx, queueId, letters);
  await failedAgain(
    tx,
    fresh.map(({ failure }) => failure),
    earlier,
  );
  await countArrivals(tx, queueId, stored);
  return { arrived: stored.length, lost: stored.filter(({ state }) => state === "lost").length };
}

/** Links a failure to the one before it of the same job. */
function linked(
  prepared: Prepared,
  facetId: number,
  earlier: ReadonlyMap<string, EarlierLetter[]>,
): Omit<NewLetter, "traceId"> {
  const { jobId, failedAt } = prepared.failure;
  const before = (earlier.get(jobId) ?? []).filter((one) => one.failedAt.getTime() < failedAt);
  const previous = before.at(-1);
  const isRetry =
    previous && !NOT_RETRIED.has(previous.state) && !isOtherJob(previous, prepared.failure);
  const retries = isRetry ? previous.retries + 1 : 0;
  const asBefore = before.slice(-POISON_RETRIES).every((one) => one.facetId === facetId);
  return {
    prepared,
    facetId,
    previousId: previous?.id ?? null,
    retries,
    poison: prepared.poison || (retries >= POISON_RETRIES && asBefore),
  };
}

/** After these the id was used for another job. */
const NOT_RETRIED: ReadonlySet<LetterState> = new Set(["gone", "lost", "moved", "discarded"]);
/** So many retries by hand, one after the other, ended as the failure before them. */
const POISON_RETRIES = 2;
