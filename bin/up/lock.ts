import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "#lib/core/errors.ts";
import { newId } from "#lib/core/ids.ts";
import { lockFile } from "../environment.ts";
import { isRunning, refOf, type ProcessRef } from "#lib/embedded/process.ts";

/**
 * One Plumbline per state folder. Answers how to give the lock back. A lock whose process is gone is taken over;
 * otherwise the second start is told who runs.
 */
export function takeLock(home: string): () => void {
  const file = lockFile(home);
  const mine = join(home, `lock.${newId()}`);
  writeFileSync(mine, JSON.stringify(refOf(process.pid)));
  try {
    // Linking fails when the name exists, also for one of two that try at the same moment.
    while (!linked(mine, file)) clearStale(file, mine);
  } finally {
    rmSync(mine);
  }
  return () => rmSync(file, { force: true });
}

function linked(mine: string, file: string): boolean {
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function clearStale(file: string, mine: string): void {
  const holder = read(file);
  if (holder && isRunning(holder)) refuse(file, holder);
  // Move before removing: another start may have replaced the stale lock by its own in between.
  const moved = `${mine}.stale`;
  try {
    renameSync(file, moved);
  } catch {
    return;
  }
  const taken = read(moved);
  if (taken && isRunning(taken)) {
    renameSync(moved, file);
    refuse(file, taken);
  }
  rmSync(moved);
}

function read(file: string): ProcessRef | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProcessRef;
  } catch {
    return null;
  }
}

function refuse(file: string, { pid }: ProcessRef): never {
  throw new AppError("conflict", `Plumbline is already running here (process ${pid}, ${file})`, {
    remedy: `Use that one, end it with \`kill ${pid}\`, or set PLUMBLINE_HOME and PORT to start another.`,
  });
}
