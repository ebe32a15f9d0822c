/** Every step of an action at which a worker may die. Tests hook them; in production a call costs one property read. */
export const FAILPOINTS = [
  "submitted", // intent committed, not yet enqueued
  "claimed", // leased, target not yet read
  "observed", // target read, fence not yet stored
  "fenced", // fence stored, state executing
  "applied", // effect on the target, nothing recorded
  "finishing", // outcome written, not yet committed
  "finished", // committed, nobody told
  "doubted", // in doubt, not yet read back
  "read_back", // answer known, not yet acted on
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

const HOOK = Symbol.for("plumbline.failpoint");
const holder = globalThis as unknown as {
  [HOOK]?: (name: Failpoint, runId: string) => Promise<void> | void;
};

export function failpoint(name: Failpoint, runId: string): Promise<void> | void {
  return holder[HOOK]?.(name, runId);
}

/** For tests: what to do at each failpoint; undefined switches them off. */
export function setFailpointHook(
  hook: ((name: Failpoint, runId: string) => Promise<void> | void) | undefined,
): void {
  holder[HOOK] = hook;
}
