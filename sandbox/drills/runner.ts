import { messageOf } from "#lib/core/errors.ts";
import { parseDuration } from "#lib/core/time.ts";
import { HttpError } from "../http/http-error.ts";
import { log } from "../log.ts";
import { startLoop, type Loop } from "../loop.ts";
import type { Company, Drill } from "./drill.ts";
import type { DrillRun, RunningDrills } from "./running-drills.ts";

export interface DrillView {
  name: string;
  title: string;
  look: string;
  /** Milliseconds it lasts unless told otherwise. */
  lastsMs: number;
  running: DrillRun | null;
}

export interface DrillRunner {
  list(): DrillView[];
  /** Past drills, latest last: marks for charts. */
  ended(): DrillRun[];
  /** Starts a drill, or moves the end of one that runs already. */
  start(name: string, forMs?: number): Promise<DrillView>;
  stop(name: string): Promise<DrillView>;
  /** Goes on with the drills that ran when the sandbox ended, and ends those whose time is over. */
  resume(): Promise<void>;
  /** Ends the repeating parts only: the drills themselves go on after a restart. */
  close(): Promise<void>;
}

const CHECK_MS = 500;
const RETRY_MS = 5_000;
const MAX_MS = parseDuration("1h");

export function createDrillRunner(
  drills: Drill[],
  company: Company,
  runs: RunningDrills,
): DrillRunner {
  const repeating = new Map<string, Loop>();
  let watch: Loop | undefined;

  function drillNamed(name: string): Drill {
    const drill = drills.find((one) => one.name === name);
    if (drill) return drill;
    throw new HttpError(
      404,
      "unknown_drill",
      `There is no drill "${name}". The drills are: ${drills.map((one) => one.name).join(", ")}.`,
    );
  }

  async function begin(drill: Drill): Promise<void> {
    await drill.start?.(company);
    const { again } = drill;
    if (!again || repeating.has(drill.name)) return;
    repeating.set(
      drill.name,
      startLoop(() => repeat(drill.name, again)),
    );
  }

  async function repeat(name: string, again: NonNullable<Drill["again"]>): Promise<number> {
    await again.run(company).catch((error: unknown) => log(`drill ${name}: ${messageOf(error)}`));
    return again.everyMs;
  }

  /** The run is struck off only after everything was restored, so that a failure or a crash in between is made good later. */
  async function end(drill: Drill): Promise<void> {
    await repeating.get(drill.name)?.stop();
    repeating.delete(drill.name);
    await drill.stop?.(company);
    runs.end(drill.name, new Date());
    log(`drill ${drill.name} is over`);
  }

  async function endDue(): Promise<number> {
    let wait = CHECK_MS;
    for (const { name } of runs.list().filter(({ endsAt }) => Date.parse(endsAt) <= Date.now())) {
      await end(drillNamed(name)).catch((error: unknown) => {
        log(`drill ${name} cannot be ended yet: ${messageOf(error)}`);
        wait = RETRY_MS;
      });
    }
    return wait;
  }

  const view = ({ name, title, look, lasts }: Drill): DrillView => ({
    name,
    title,
    look,
    lastsMs: parseDuration(lasts),
    running: runs.find(name) ?? null,
  });

  return {
    list: () => drills.map(view),
    ended: () => runs.ended(),
    async start(name, forMs) {
      const drill = drillNamed(name);
      const lastsMs = forMs ?? parseDuration(drill.lasts);
      if (!(lastsMs > 0 && lastsMs <= MAX_MS))
        throw new HttpError(422, "invalid_duration", "A drill lasts at most one hour.");
      const now = Date.now();
      const startedAt = runs.find(name)?.startedAt ?? new Date(now).toISOString();
      runs.begin({ name, startedAt, endsAt: new Date(now + lastsMs).toISOString() });
      log(`drill ${name} starts`);
      await begin(drill).catch(async (error: unknown) => {
        await end(drill).catch(() => {});
        throw new HttpError(
          503,
          "drill_failed",
          `The drill could not be started: ${messageOf(error)}`,
        );
      });
      return view(drill);
    },
    async stop(name) {
      const drill = drillNamed(name);
      if (runs.find(name)) await end(drill);
      return view(drill);
    },
    async resume() {
      await endDue();
      for (const run of runs.list()) {
        await begin(drillNamed(run.name)).catch((error: unknown) =>
          log(`drill ${run.name} cannot go on: ${messageOf(error)}`),
        );
      }
      watch = startLoop(endDue);
    },
    async close() {
      await watch?.stop();
      await Promise.all([...repeating.values()].map((loop) => loop.stop()));
    },
  };
}
