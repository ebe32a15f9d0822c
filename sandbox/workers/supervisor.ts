import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { sleep } from "#lib/core/time.ts";
import { log } from "../log.ts";

export interface WorkerSettings {
  databaseUrl: string;
  redisUrl: string;
  bankUrl: string;
  mailUrl: string;
  smsUrl: string;
  shopsUrl: string;
  /** About how many payments are kept. */
  payments: number;
}

/** Statements are written in a process of their own: it falls now and then, and nobody else should feel it. */
export type WorkerRole = "payments" | "statements";

export interface WorkerSupervisor {
  /** Null while the worker is down. */
  pid(): number | null;
  /** Kills the worker without warning and keeps it down for `downMs`. */
  crash(downMs: number): void;
  /** Brings a worker that is kept down back at once. */
  recover(): void;
  stop(): Promise<void>;
}

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 15_000;
/** A worker that lived this long did not fall at its start, so the delay begins anew. */
const HEALTHY_MS = 30_000;
const GRACE_MS = 5_000;

/** Keeps one worker process running, restarting it with a growing delay. */
export function superviseWorker(role: WorkerRole, settings: WorkerSettings): WorkerSupervisor {
  let child: ChildProcess | null = null;
  let startedAt = 0;
  let delay = FIRST_DELAY_MS;
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;

  function start(): void {
    clearTimeout(timer);
    startedAt = Date.now();
    const started = fork(MAIN, {
      env: { ...process.env, SANDBOX_WORKER: JSON.stringify({ role, ...settings }) },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    child = started;
    started.on("error", (error) => log(`the ${role} worker cannot be started: ${error.message}`));
    started.once("exit", (code, signal) => {
      if (child === started) child = null;
      if (!stopping) restart(signal ?? `code ${code}`);
    });
  }

  function restart(how: string): void {
    if (Date.now() - startedAt > HEALTHY_MS) delay = FIRST_DELAY_MS;
    const wait = Math.max(delay, downUntil - Date.now());
    log(`the ${role} worker ended (${how}); next start in ${Math.round(wait / 100) / 10} s`);
    timer = setTimeout(start, wait);
    delay = Math.min(delay * 2, MAX_DELAY_MS);
  }
  let downUntil = 0;

  start();
  return {
    pid: () => child?.pid ?? null,
    crash(downMs) {
      downUntil = Date.now() + downMs;
      child?.kill("SIGKILL");
    },
    recover() {
      downUntil = 0;
      delay = FIRST_DELAY_MS;
      if (!child && !stopping) start();
    },
    async stop() {
      stopping = true;
      clearTimeout(timer);
      if (!child || child.exitCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await Promise.race([exited, sleep(GRACE_MS)]);
      child?.kill("SIGKILL");
    },
  };
}
