import { log } from "#lib/core/log.ts";
import { SECOND } from "#lib/core/time.ts";
import type { Signal } from "#lib/signals/define.ts";
import type { OpenSource, SourceConfig } from "#lib/sources/define.ts";
import { isSourceError } from "#lib/sources/errors.ts";
import { withinBudget } from "./budget.ts";
import { type Loop, startLoop } from "./loop.ts";
import { holdingTurn } from "./turn.ts";

const EVERY_MS = SECOND;
/** A round puts its work down after this time … */
const ROUND_MS = 10 * SECOND;
/** … and is given up on when it has not by then. */
const LIMIT_MS = 20 * SECOND;

export interface Followable {
  signals: readonly Signal[];
  /** By id of the source's row. */
  sources(): ReadonlyMap<string, SourceConfig>;
  openSource(sourceId: string): Promise<OpenSource>;
  ready(): boolean;
}

/** Lets signals follow their sources between collections, one worker at a time; a slow source holds up no other. */
export function startFollow({ signals, sources, openSource, ready }: Followable): Loop {
  const stopping = new AbortController();
  const underWay = new Map<string, Promise<void>>();
  /** Those that fail: told when it begins and when it ends. */
  const failing = new Set<string>();

  const loop = startLoop("follow", EVERY_MS, async () => {
    if (!ready()) return;
    for (const [sourceId, { kind, name }] of sources()) {
      for (const signal of signals) {
        const key = `follow:${sourceId}:${signal.id}`;
        if (!signal.follow || !signal.sources.includes(kind) || underWay.has(key)) continue;
        const round = holdingTurn(key, LIMIT_MS, (settled) => once(signal, sourceId, settled))
          .then(() => tell(key, name, null))
          .catch((error: unknown) => tell(key, name, error))
          .finally(() => underWay.delete(key));
        underWay.set(key, round);
      }
    }
  });

  async function once(
    { follow }: Signal,
    sourceId: string,
    settled: (reading: Promise<unknown>) => void,
  ): Promise<void> {
    await withinBudget(LIMIT_MS, (late) => {
      const abort = AbortSignal.any([late, stopping.signal, AbortSignal.timeout(ROUND_MS)]);
      const round = openSource(sourceId).then((source) => follow?.({ source, abort }));
      settled(round);
      return round;
    });
  }

  function tell(key: string, source: string, error: unknown): void {
    if (error === null) {
      if (failing.delete(key)) log.info({ source, key }, "followed again");
      return;
    }
    // A source that is away is told of by its collection.
    const level = isSourceError(error) ? "debug" : "error";
    if (!failing.has(key)) log[level]({ err: error, source, key }, "a source cannot be followed");
    failing.add(key);
  }

  return {
    ...loop,
    stop: async () => {
      stopping.abort();
      await loop.stop();
      await Promise.all(underWay.values());
    },
  };
}
