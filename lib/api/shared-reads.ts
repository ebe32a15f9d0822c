import { type Sharing, sharing } from "#lib/core/sharing.ts";
import { SECOND } from "#lib/core/time.ts";

const READS = Symbol.for("plumbline.reads");
const holder = globalThis as unknown as { [READS]?: Sharing };

/**
 * Reads that many viewers ask for at once, since one change tells all of them to. The events' hub forgets them before it
 * passes a change on, so nobody is told of a change and then shown what was before it.
 */
export function sharedReads(): Sharing {
  return (holder[READS] ??= sharing(SECOND));
}
