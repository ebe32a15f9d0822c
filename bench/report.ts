import { quantile } from "#lib/core/stats.ts";
import { sleep } from "#lib/core/time.ts";

export interface Figure {
  /** What was measured: `metrics.scrape_ms.p99`. */
  figure: string;
  value: number;
  unit: string;
  /** What ours stands beside: a peer or a physical limit, measured in the same run. */
  beside?: { what: string; value: number };
  /** The bar from the design, when there is one; `value` should stay at or below it. */
  goal?: number;
}

/** Prints one JSON line per figure, with the ratio to what stands beside it. */
export function report({ figure, value, unit, beside, goal }: Figure): void {
  const ratio = beside && beside.value > 0 ? round(value / beside.value) : undefined;
  const met = goal === undefined ? undefined : value <= goal;
  const peer = beside && { ...beside, value: round(beside.value) };
  console.log(
    JSON.stringify({ figure, value: round(value), unit, beside: peer, ratio, goal, met }),
  );
}

/** Reports p50 and p99 of ours beside those of the peer. `goal` bounds our p99. */
export function reportLatencies(
  figure: string,
  ours: readonly number[],
  peer: { what: string; values: readonly number[] },
  goal?: number,
): void {
  for (const [name, q] of [
    ["p50", 0.5],
    ["p99", 0.99],
  ] as const) {
    report({
      figure: `${figure}.${name}`,
      value: quantile(ours, q) ?? Number.NaN,
      unit: "ms",
      beside: { what: peer.what, value: quantile(peer.values, q) ?? Number.NaN },
      ...(name === "p99" && goal !== undefined ? { goal } : {}),
    });
  }
}

/** Milliseconds that each of `times` runs took, one after the other, `pauseMs` apart. */
export async function timeEach(
  times: number,
  work: () => Promise<unknown>,
  pauseMs = 0,
): Promise<number[]> {
  const taken: number[] = [];
  for (let run = 0; run < times; run++) {
    const start = performance.now();
    await work();
    taken.push(performance.now() - start);
    if (pauseMs > 0) await sleep(pauseMs);
  }
  return taken;
}

const round = (value: number): number => Number(value.toPrecision(4));
