import { spawn } from "node:child_process";
import {
  closeSync,
  fstatSync,
  globSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { AppError } from "#lib/core/errors.ts";
import type { Account } from "./place.ts";
import { isRunning, refOf, stopGroup, type ProcessRef } from "./process.ts";

/** Environment variables of a process to start. */
export type Variables = Record<string, string | undefined>;

export interface ServiceOptions {
  command: string;
  args: string[];
  cwd: string;
  env?: Variables;
  account?: Account;
  stdin?: string;
  /** Output goes here; the file of the run before is kept as `<log>.1`. */
  log: string;
  /** Remembers the process while it runs, so that a start after a crash can stop it. */
  record: string;
  /** Asks the program to end in good order. */
  stopSignal: NodeJS.Signals;
  /** How long it may take before it is killed; 15 s by default. */
  graceMs?: number;
}

export interface ServiceEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last lines it logged. */
  lastLines: string;
}

export interface Service {
  pid: number;
  exited: Promise<ServiceEnd>;
  stop(): Promise<void>;
}

interface ServiceRecord extends ProcessRef {
  stopSignal: NodeJS.Signals;
  graceMs: number;
  /** Who started it and is responsible for stopping it. */
  owner: ProcessRef;
}

/** Starts a long-running program as the leader of a process group of its own. */
export function startService(options: ServiceOptions): Service {
  const { stopSignal, graceMs = 15_000 } = options;
  const log = openLog(options.log);
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: (options.env ?? process.env) as NodeJS.ProcessEnv,
    detached: true,
    stdio: [options.stdin === undefined ? "ignore" : "pipe", log, log],
    ...options.account,
  });
  closeSync(log);
  const exited = new Promise<ServiceEnd>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null, extra = "") => {
      rmSync(options.record, { force: true });
      resolve({ code, signal, lastLines: (tail(options.log) + extra).trim() });
    };
    child.once("error", (error) => end(null, null, error.message));
    child.once("exit", (code, signal) => end(code, signal));
  });
  const { pid } = child;
  child.unref();
  if (pid === undefined) return { pid: 0, exited, stop: async () => {} };
  writeRecord(options.record, { ...refOf(pid), stopSignal, graceMs, owner: refOf(process.pid) });
  child.stdin?.on("error", () => {}).end(options.stdin);
  return { pid, exited, stop: () => stopGroup(pid, stopSignal, graceMs) };
}

function writeRecord(file: string, record: ServiceRecord): void {
  writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function openLog(file: string): number {
  try {
    renameSync(file, `${file}.1`);
  } catch {
    // No run before this one.
  }
  return openSync(file, "a", 0o600);
}

/** The last lines of a log, read from its end. */
function tail(file: string, lines = 12): string {
  try {
    const fd = openSync(file, "r");
    const { size } = fstatSync(fd);
    const buffer = Buffer.alloc(Math.min(size, 8_192));
    readSync(fd, buffer, { position: size - buffer.length });
    closeSync(fd);
    return buffer.toString("utf8").trimEnd().split("\n").slice(-lines).join("\n");
  } catch {
    return "";
  }
}

/** The service remembered in `file` when it still runs; a stale or unreadable record is null. */
function readRecord(file: string): ServiceRecord | null {
  try {
    const record = JSON.parse(readFileSync(file, "utf8")) as ServiceRecord;
    return isRunning(record) ? record : null;
  } catch {
    return null;
  }
}

const isOwnedByOther = ({ owner }: ServiceRecord): boolean =>
  owner.pid !== process.pid && isRunning(owner);

/** Stops what an earlier run left behind. Refuses when the one who started it is still there to care for it. */
export async function stopLeftover(file: string): Promise<void> {
  const record = readRecord(file);
  if (record === null) return;
  if (isOwnedByOther(record)) {
    throw new AppError(
      "unavailable",
      `The service of ${file} belongs to process ${record.owner.pid}, which is running`,
      {
        remedy: "Stop that process first, or use another PLUMBLINE_HOME.",
      },
    );
  }
  await stopGroup(record.pid, record.stopSignal, record.graceMs);
  rmSync(file, { force: true });
}

/**
 * Stops the services recorded in `dir` and up to three levels below it, the upper ones first: they stop their own.
 * Those of another running process are left to it, unless `everything`. Answers the names of those it stopped.
 */
export async function stopLeftovers(dir: string, { everything = false } = {}): Promise<string[]> {
  const stopped: string[] = [];
  for (const level of ["", "*/", "*/*/", "*/*/*/"]) {
    const stop = async (found: string) => {
      const record = readRecord(join(dir, found));
      if (record === null || (isOwnedByOther(record) && !everything)) return;
      await stopGroup(record.pid, record.stopSignal, record.graceMs);
      rmSync(join(dir, found), { force: true });
      stopped.push(basename(found, SUFFIX));
    };
    await Promise.all(globSync(`${level}*${SUFFIX}`, { cwd: dir }).map(stop));
  }
  return stopped;
}

/** How the names of record files end. */
const SUFFIX = ".process.json";
