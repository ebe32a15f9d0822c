import { AsyncLocalStorage } from "node:async_hooks";

/** What reading a source has cost the target so far. Counters only grow. */
export interface CostMeter {
  /** SQL statements sent. */
  statements: number;
  /** Redis commands sent. */
  commands: number;
  /** Milliseconds spent waiting for answers: an upper bound of the target's own time. */
  targetMs: number;
  /** Bytes moved in both directions; null where the driver cannot tell. */
  bytes: number | null;
}

export function newCost(): CostMeter {
  return { statements: 0, commands: 0, targetMs: 0, bytes: null };
}

const current = new AsyncLocalStorage<CostMeter>();

/** Books a cost on the source's meter and on the collection that caused it, if one is being measured. */
export function charge(meter: CostMeter, cost: Partial<CostMeter>): void {
  add(meter, cost);
  const scope = current.getStore();
  if (scope) add(scope, cost);
}

function add(meter: CostMeter, cost: Partial<CostMeter>): void {
  meter.statements += cost.statements ?? 0;
  meter.commands += cost.commands ?? 0;
  meter.targetMs += cost.targetMs ?? 0;
  if (typeof cost.bytes === "number") meter.bytes = (meter.bytes ?? 0) + cost.bytes;
}

/** Runs `work` and tells what it alone cost, also while other signals use the same source. */
export async function measureCost<T>(
  work: (cost: CostMeter) => Promise<T>,
): Promise<{ value: T; cost: CostMeter }> {
  const cost = newCost();
  const value = await current.run(cost, () => work(cost));
  return { value, cost };
}
