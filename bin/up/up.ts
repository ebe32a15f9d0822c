import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import { AppError, messageOf } from "#lib/core/errors.ts";
import { stopLeftovers } from "#lib/embedded/service.ts";
import { stateHome, withdrawEnvironment } from "../environment.ts";
import { takeLock } from "./lock.ts";
import type { Say } from "./progress.ts";
import { newRun } from "./run.ts";
import { type Running, start } from "./start.ts";

interface Up {
  say: Say;
  onReady: (running: Running) => void;
  /** Settles with the reason when the user wants to stop. */
  untilStop: Promise<string>;
}

/** Starts Plumbline, keeps it running until it is asked to stop or fails for good, and stops every part of it. */
export async function up({ say, onReady, untilStop }: Up): Promise<void> {
  const home = openHome();
  const release = takeLock(home);
  const run = newRun(home, say);
  const starting = start(run).then(onReady);
  try {
    const ended = starting.then(() => run.failed);
    say(`Stopping (${await Promise.race([untilStop, ended])}) …`);
  } finally {
    run.stopping = true;
    await stopLeftovers(home);
    // A start that was under way may have added something meanwhile.
    await starting.catch(() => {});
    await stopLeftovers(home);
    withdrawEnvironment(home);
    release();
  }
  if (run.failure)
    throw new AppError("unavailable", run.failure, { remedy: `The logs are in ${home}/logs.` });
  say("Stopped.");
}

function openHome(): string {
  const home = stateHome();
  try {
    mkdirSync(home, { recursive: true, mode: 0o711 });
    mkdirSync(join(home, "logs"), { recursive: true, mode: 0o700 });
    accessSync(home, constants.W_OK);
    return home;
  } catch (error) {
    const remedy = "Set PLUMBLINE_HOME to a folder that you may write to.";
    throw new AppError("unavailable", `The state folder cannot be used: ${messageOf(error)}`, {
      remedy,
    });
  }
}
