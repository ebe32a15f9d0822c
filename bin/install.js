// Plain JavaScript for whatever Node (18 or newer) the system has: it runs before anything is installed.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { onNpmGone, ROOT } from "./pinned-node.js";

/**
 * Runs `npm ci` when what is installed differs from the lock file.
 * @param {{ dev: boolean }} what whether tools for development are needed too
 */
export async function ensureInstalled({ dev }) {
  refuseWhileInstalling();
  if (isInstalled(dev)) return;
  const began = Date.now();
  console.log("  … Installing packages (half a minute on a fast line)");
  const heartbeat = setInterval(
    () => console.log(`  … Installing packages, ${seconds(began)}`),
    10_000,
  );
  const code = await npmCi().finally(() => clearInterval(heartbeat));
  if (code !== 0) {
    throw new Error(
      `npm ci failed (exit code ${code}); what it says stands above. Check that this machine reaches the npm registry, then try again.`,
    );
  }
  console.log(`  ✓ Installing packages (${seconds(began)})`);
}

const seconds = (since) => `${((Date.now() - since) / 1_000).toFixed(1)} s`;

/** Holds the number of the npm that is at work: two of them in one folder would destroy each other's work. */
const WORKING = `${ROOT}.installing`;

function refuseWhileInstalling() {
  if (!existsSync(WORKING)) return;
  const pid = Number(readFileSync(WORKING, "utf8"));
  if (!isAlive(pid)) return;
  throw new Error(
    `Packages are just being installed here (process ${pid}): try again when it is done.`,
  );
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whether npm's own record in node_modules has every package of the lock file that fits this platform. */
function isInstalled(dev) {
  const wanted = packagesOf("package-lock.json");
  const present = packagesOf("node_modules/.package-lock.json");
  if (wanted === null)
    throw new Error("package-lock.json is missing or unreadable: restore it with git.");
  if (present === null) return false;
  return Object.entries(wanted).every(([path, { version, optional, dev: forDev, devOptional }]) => {
    if (path === "" || (!dev && (forDev || devOptional))) return true;
    if (optional && !(path in present)) return true;
    return present[path]?.version === version;
  });
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(ROOT + file, "utf8")).packages;
  } catch {
    return null;
  }
}

/** No package needs its install script (.npmrc switches them off), so none is run, whatever the version of npm. */
function npmCi() {
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = process.env.npm_execpath;
  const [command, ...before] = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...before, ...args], { cwd: ROOT, stdio: "inherit" });
    if (child.pid) writeFileSync(WORKING, String(child.pid));
    const stop = () => child.kill("SIGTERM");
    process.once("SIGTERM", stop);
    const stopWatching = onNpmGone(stop);
    child.on("close", () => {
      process.off("SIGTERM", stop);
      stopWatching();
      rmSync(WORKING, { force: true });
    });
    child.on("exit", (code, signal) => resolve(code ?? signal));
    child.on("error", () => reject(new Error("npm is not on the PATH: install Node.js with npm.")));
  });
}
