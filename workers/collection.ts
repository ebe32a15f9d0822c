import { SECOND } from "#lib/core/time.ts";
import { log } from "#lib/core/log.ts";
import { type Sql, transaction } from "#lib/db/sql.ts";
import { increment, observe } from "#lib/metrics/counters.ts";
import { COLLECT_SECONDS_BUCKETS } from "#lib/metrics/platform.ts";
import { writeSamples } from "#lib/samples/write.ts";
import type { Collected, Signal, SourceRef } from "#lib/signals/define.ts";
import type { CostMeter } from "#lib/sources/cost.ts";
import { isSourceError } from "#lib/sources/errors.ts";
import { saveProblems } from "./problems.ts";

export interface CollectionAbout {
  signal: Signal;
  source: SourceRef;
  everyMs: number;
  /** When the reading began. */
  now: Date;
}

/** Rows, samples, problems and the collection's own row commit together: a page never sees half of a reading. */
export async function recordSuccess(
  about: CollectionAbout,
  { rows, unread }: Collected<never>,
  cost: CostMeter,
): Promise<void> {
  const { signal, source, everyMs, now } = about;
  const durationMs = Math.round(Date.now() - now.getTime());
  await transaction(async (tx) => {
    const samples = await signal.save({ tx, source, now }, rows);
    await writeSamples(tx, source.id, signal.id, now, samples);
    await saveProblems(tx, about, await signal.problems({ tx, source, now }));
    await tx.query(
      `INSERT INTO collection (source_id, signal, interval_ms, last_attempt_at, last_success_at, duration_ms, cost, unread)
       VALUES ($1, $2, $3, $4, $4, $5, $6::jsonb, $7::jsonb)
       ON CONFLICT (source_id, signal) DO UPDATE SET interval_ms = EXCLUDED.interval_ms, last_attempt_at = EXCLUDED.last_attempt_at,
         last_success_at = EXCLUDED.last_success_at, blind_since = NULL, duration_ms = EXCLUDED.duration_ms, reason = NULL, message = NULL,
         cost = EXCLUDED.cost, unread = EXCLUDED.unread, failures = 0
       WHERE collection.last_attempt_at <= EXCLUDED.last_attempt_at`,
      [
        source.id,
        signal.id,
        everyMs,
        now,
        durationMs,
        JSON.stringify(cost),
        JSON.stringify(unread),
      ],
    );
    await observeDuration(tx, about, durationMs);
  });
}

/** The target could not be read: since when and why is all that changes; what was known stays, and grows stale. */
export async function recordFailure(about: CollectionAbout, error: unknown): Promise<void> {
  const { signal, source, everyMs, now } = about;
  const { reason, message } = publicReason(error);
  const durationMs = Math.round(Date.now() - now.getTime());
  if (reason === "internal")
    log.error(
      { err: error, source: source.name, signal: signal.id },
      "a collection failed by our own fault",
    );
  await transaction(async (tx) => {
    await tx.query(
      `INSERT INTO collection (source_id, signal, interval_ms, last_attempt_at, blind_since, duration_ms, reason, message, failures)
       VALUES ($1, $2, $3, $4, $4, $5, $6, $7, 1)
       ON CONFLICT (source_id, signal) DO UPDATE SET interval_ms = EXCLUDED.interval_ms, last_attempt_at = EXCLUDED.last_attempt_at,
         blind_since = coalesce(collection.blind_since, EXCLUDED.blind_since), duration_ms = EXCLUDED.duration_ms,
         reason = EXCLUDED.reason, message = EXCLUDED.message, failures = collection.failures + 1
       WHERE collection.last_attempt_at <= EXCLUDED.last_attempt_at`,
      [source.id, signal.id, everyMs, now, durationMs, reason, message],
    );
    await increment(tx, "plumbline_source_errors_total", { source: source.name, reason });
    await observeDuration(tx, about, durationMs);
  });
}

function observeDuration(tx: Sql, { signal, source }: CollectionAbout, ms: number): Promise<void> {
  const labels = { source: source.name, signal: signal.id };
  return observe(
    tx,
    "plumbline_source_collect_duration_seconds",
    labels,
    COLLECT_SECONDS_BUCKETS,
    ms / SECOND,
  );
}

/** Only a SourceError's sentence was written to be shown; anything else is our own fault, and stays in the log. */
function publicReason(error: unknown): { reason: string; message: string } {
  if (isSourceError(error)) return { reason: error.reason, message: error.message };
  return {
    reason: "internal",
    message: "Plumbline failed while it read this. The worker's log says why.",
  };
}
