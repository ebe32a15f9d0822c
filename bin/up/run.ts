import type { Service } from "#lib/embedded/service.ts";
import { keepAlive } from "./keep-alive.ts";
import type { Say } from "./progress.ts";

/** One run of Plumbline, from the start to the stop of all its parts. */
export interface Run {
  /** The state folder. */
  home: string;
  say: Say;
  stopping: boolean;
  /** Why the whole must end, once a part that it cannot do without has failed for good. */
  failure: string | null;
  /** Settles with `failure`. */
  failed: Promise<string>;
  fail(reason: string): void;
}

export function newRun(home: string, say: Say): Run {
  const { promise, resolve } = Promise.withResolvers<string>();
  const run: Run = {
    home,
    say,
    stopping: false,
    failure: null,
    failed: promise,
    fail: (reason) => {
      run.failure ??= reason;
      resolve(reason);
    },
  };
  return run;
}

interface Part {
  name: string;
  start: () => Service | Promise<Service>;
  /** Whether Plumbline can go on without it. */
  optional?: boolean;
}

/** Keeps a started part of the run alive; meant to go on in the background. */
export async function keep(
  run: Run,
  { name, start, optional = false }: Part,
  first: Service,
): Promise<void> {
  const { say } = run;
  const reason = await keepAlive({ name, start, say, stopping: () => run.stopping }, first);
  if (reason === null) return;
  if (optional) say(`  ! ${reason}: it stays off, everything else goes on`);
  else run.fail(reason);
}
