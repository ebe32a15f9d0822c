import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";

const runSchema = z.object({
  name: z.string(),
  startedAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
});
const fileSchema = z.object({
  running: z.array(runSchema),
  /** Drills that ended, latest last, with their real end. */
  ended: z.array(runSchema),
});
export type DrillRun = z.infer<typeof runSchema>;

const ENDED_KEPT = 50;

/** Which drills run, in a file that survives the sandbox, so that whatever happens each one is ended. */
export function openRunningDrills(file: string, known: readonly { name: string }[]) {
  let state: z.infer<typeof fileSchema> = existsSync(file)
    ? fileSchema.parse(JSON.parse(readFileSync(file, "utf8")))
    : { running: [], ended: [] };
  // A drill of another version of the sandbox cannot be ended by this one.
  state.running = state.running.filter((run) => known.some(({ name }) => name === run.name));

  function save(next: typeof state): void {
    writeFileSync(`${file}.new`, JSON.stringify(next, null, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    state = next;
  }

  return {
    list: () => state.running,
    ended: () => state.ended,
    find: (name: string) => state.running.find((run) => run.name === name),
    begin: (run: DrillRun) =>
      save({ ...state, running: [...state.running.filter(({ name }) => name !== run.name), run] }),
    end(name: string, at: Date): void {
      const gone = state.running
        .filter((run) => run.name === name)
        .map((run) => ({ ...run, endsAt: at.toISOString() }));
      save({
        running: state.running.filter((run) => run.name !== name),
        ended: [...state.ended, ...gone].slice(-ENDED_KEPT),
      });
    },
  };
}
export type RunningDrills = ReturnType<typeof openRunningDrills>;
