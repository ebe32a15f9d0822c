import { publishChanged } from "#lib/jobs/changed.ts";
import { SIGNALS } from "#lib/signals/index.ts";
import type { Run } from "./schema.ts";

/** Tells open pages about a run's new state: its own dialog, the audit log, and the area it belongs to. */
export function publishRunChanged(run: Pick<Run, "id" | "name">): Promise<void> {
  const owner = SIGNALS.find(({ actions }) => actions.some(({ name }) => name === run.name));
  const area = owner?.id ?? (run.name.split(".")[0] as string);
  return publishChanged([["actions", run.id], ["audit"], ["signals", area], [area]]);
}
