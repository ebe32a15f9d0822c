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

/** The same for long work on many things, batch by batch. */
export const BATCH_FAILPOINTS = [
  "batch_leased", // this worker carries on; what the one before left is not known yet
  "batch_resolved", // what the one before left was found out and recorded
  "batch_claimed", // claimed in our own tables, nothing sent
  "batch_sent", // effect on the target, nothing recorded
  "batch_recorded", // committed, receipts still there
  "batch_closing", // all done, not yet recorded as finished
] as const;

export type Failpoint = (typeof FAILPOINTS)[number] | (typeof BATCH_FAILPOINTS)[number];

const HOOK = Symbol.for("plumbline.failpoint");
const holder = globalThis as unknown as {
  [HOOK]?: (name: Failpoint, id: string) => Promise<void> | void;
};

/** `id` is that of the run, or of the long work. */
export function failpoint(name: Failpoint, id: string): Promise<void> | void {
  return holder[HOOK]?.(name, id);
}

/** For tests: what to do at each failpoint; undefined switches them off. */
export function setFailpointHook(
  hook: ((name: Failpoint, id: string) => Promise<void> | void) | undefined,
): void {
  holder[HOOK] = hook;
}
