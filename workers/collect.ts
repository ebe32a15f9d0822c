import { z } from "zod";
import { SECOND, tryParseDuration } from "#lib/core/time.ts";
import { defineJob, type Job, type JobContext } from "#lib/jobs/define.ts";
import type { Schedule } from "#lib/jobs/schedule.ts";
import { publishChanged } from "#lib/jobs/changed.ts";
import type { Signal } from "#lib/signals/define.ts";
import type { SourceConfig } from "#lib/sources/define.ts";
import { measureCost } from "#lib/sources/cost.ts";
import { withinBudget } from "./budget.ts";
import { recordFailure, recordSuccess } from "./collection.ts";
import { holdingTurn } from "./turn.ts";

/** No target is read for longer than this, whatever its interval. */
const MAX_BUDGET_MS = 10 * SECOND;

const tickSchema = z.object({ sourceId: z.uuid(), signal: z.string() });
type Tick = z.infer<typeof tickSchema>;

export interface Collectable {
  signals: readonly Signal[];
  /** By id of the source's row. */
  sources(): ReadonlyMap<string, SourceConfig>;
}

/** The job behind every tick: reads one signal from one source. */
export function collectJob(collectable: Collectable): Job<Tick> {
  return defineJob({
    name: "collect.signal",
    queue: "collect",
    schema: tickSchema,
    handle: (tick, context) => collect(tick, collectable, context),
  });
}

/** One schedule for each signal of each source. */
export function collectSchedules(collectable: Collectable, job: Job<Tick>): Schedule<Tick>[] {
  return [...collectable.sources()].flatMap(([sourceId, source]) =>
    collectable.signals
      .filter((signal) => signal.sources.includes(source.kind))
      .map((signal) => ({
        id: `collect:${sourceId}:${signal.id}`,
        job,
        data: { sourceId, signal: signal.id },
        everyMs: intervalOf(signal, source),
      })),
  );
}

const intervalOf = (signal: Signal, source: SourceConfig): number =>
  Math.max(tryParseDuration(signal.every) ?? 0, source.intervalMs, SECOND);

async function collect(
  tick: Tick,
  { signals, sources }: Collectable,
  context: JobContext,
): Promise<void> {
  const config = sources().get(tick.sourceId);
  const signal = signals.find(({ id }) => id === tick.signal);
  // The schedule is removed with the next synchronisation.
  if (!config || !signal) return;
  const everyMs = intervalOf(signal, config);
  const budgetMs = Math.min(everyMs, MAX_BUDGET_MS);
  await holdingTurn(`${tick.sourceId}:${signal.id}`, budgetMs, async (settled) => {
    const now = new Date();
    const about = {
      signal,
      source: { id: tick.sourceId, name: config.name, kind: config.kind, labels: config.labels },
      everyMs,
      now,
    };
    try {
      const { value, cost } = await withinBudget(budgetMs, (abort) => {
        const reading = measureCost(async () =>
          signal.collect({ source: await context.openSource(tick.sourceId), now, abort }),
        );
        settled(reading);
        return reading;
      });
      await recordSuccess(about, value, cost);
    } catch (error) {
      await recordFailure(about, error);
    }
    await publishChanged([["signals", signal.id], ["overview"], ["sources"]]);
  });
}
