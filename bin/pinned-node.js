// Plain JavaScript for whatever Node (18 or newer) the system has; everything else runs on the pinned one.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PINNED = `${ROOT}node_modules/.bin/node`;

/** The Node that npm installed for this platform, else the one that runs now. */
export function pinnedNode() {
  const own = process.versions.node.split(".").map(Number);
  if (existsSync(PINNED)) return PINNED;
  // The first Node that runs TypeScript without a flag.
  if (own[0] > 22 || (own[0] === 22 && own[1] >= 18)) return process.execPath;
  throw new Error(
    `Node ${process.versions.node} is too old and no newer one is installed for ${process.platform} ${process.arch}: run \`npm ci\`, or install Node 24.`,
  );
}

/**
 * Runs a script of this repository under the pinned Node in our place: same terminal, same signals, same exit code.
 * @param {string} script relative to the repository
 * @param {string[]} args
 */
export function runPinned(script, args) {
  // `node` on the PATH of everything below is the pinned one, as npm does for its scripts.
  const PATH = `${ROOT}node_modules/.bin:${process.env.PATH}`;
  const child = spawn(pinnedNode(), [ROOT + script, ...args], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, PATH },
  });
  // A terminal sends Ctrl-C to the child as well; it takes the second one for the same.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => child.kill(name));
  onNpmGone(() => child.kill("SIGTERM"));
  child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
  child.on("error", (error) => {
    console.error(`Cannot run the pinned Node: ${error.message}. Run \`npm ci\`.`);
    process.exit(1);
  });
}

const ANCESTORS = [process.ppid, parentOf(process.ppid)];
const NPM = ANCESTORS.findIndex((pid) => commandOf(pid).startsWith("npm"));

/**
 * An npm that is killed leaves its scripts running: calls `stop` then. Only Linux tells who our ancestors are.
 * @param {() => void} stop
 * @returns how to stop watching
 */
export function onNpmGone(stop) {
  // Up to npm itself: a shell may stand in between.
  const watched = ANCESTORS.slice(0, NPM + 1);
  const watch = () => watched.some((pid) => commandOf(pid) === "") && stop();
  const timer = setInterval(watch, 1_000).unref();
  return () => clearInterval(timer);
}

function commandOf(pid) {
  return readProc(pid, "cmdline");
}

/** The second field after the name in brackets. */
function parentOf(pid) {
  return Number(readProc(pid, "stat").split(") ").at(-1).split(" ")[1]);
}

function readProc(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
