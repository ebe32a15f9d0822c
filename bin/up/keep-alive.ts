import { messageOf } from "#lib/core/errors.ts";
import { sleep } from "#lib/core/time.ts";
import type { Service } from "#lib/embedded/service.ts";
import type { Say } from "./progress.ts";

const LONGEST_WAIT_MS = 30_000;
/** A service that ran this long has started well: its next end is a new story. */
const SETTLED_MS = 60_000;
/** So many ends in a row, each soon after its start, are no accident. */
const GIVE_UP_AFTER = 5;

interface Kept {
  name: string;
  start: () => Service | Promise<Service>;
  /** True when the whole is being stopped, and an end is as it should be. */
  stopping: () => boolean;
  say: Say;
}

/** Starts a service again whenever it ends, ever more slowly. Settles when stopping, or with the reason for giving up. */
export async function keepAlive(kept: Kept, first: Service): Promise<string | null> {
  let running: Service | null = first;
  for (let failures = 0; ;) {
    const began = Date.now();
    const reason = running ? await lastWords(running) : null;
    if (kept.stopping()) return null;
    if (reason) kept.say(`  ! ${kept.name} ended ${reason}`);
    failures = Date.now() - began > SETTLED_MS ? 1 : failures + 1;
    if (failures >= GIVE_UP_AFTER) return `${kept.name} ended ${failures} times in a row`;
    const waitMs = Math.min(LONGEST_WAIT_MS, 500 * 2 ** (failures - 1));
    kept.say(`  … starting ${kept.name} again in ${waitMs / 1_000} s`);
    await sleep(waitMs);
    if (kept.stopping()) return null;
    running = await startAgain(kept);
  }
}

async function startAgain({ name, start, say }: Kept): Promise<Service | null> {
  try {
    const service = await start();
    say(`  ✓ ${name} runs again`);
    return service;
  } catch (error) {
    say(`  ! ${name} did not start: ${messageOf(error)}`);
    return null;
  }
}

async function lastWords(service: Service): Promise<string> {
  const { code, signal, lastLines } = await service.exited;
  if (signal) return `by ${signal}`;
  const how = `with exit code ${code}`;
  return lastLines === "" ? how : `${how}. Its last lines:\n${lastLines.replaceAll(/^/gm, "    ")}`;
}
