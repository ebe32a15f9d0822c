import { execFileSync, spawnSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "#lib/core/errors.ts";
import { newId, newSecret } from "#lib/core/ids.ts";

export interface Account {
  uid: number;
  gid: number;
}

/** Where a server keeps its files, and as whom it runs (undefined: as us). */
export interface Place {
  dir: string;
  account?: Account;
}

/**
 * A folder the server can reach, inside `dir`. Postgres refuses to run as root and Redis should not, so root starts them
 * as an unprivileged user who owns only that folder. When that user cannot reach `dir` (a clone in a 0700 home), the
 * folder moves to the system's state directory; `dir/moved-to` remembers where.
 */
export function claimPlace(dir: string, notice: (line: string) => void = () => {}): Place {
  if (process.getuid?.() !== 0) {
    mkdirSync(join(dir, "files"), { recursive: true, mode: 0o700 });
    return { dir: join(dir, "files") };
  }
  mkdirSync(dir, { recursive: true });
  // Passable, not readable: the account has to get through to its own folder.
  chmodSync(dir, 0o711);
  const inside = join(dir, "files");
  const marker = join(dir, "moved-to");
  if (existsSync(marker)) return ownedFolder(readFileSync(marker, "utf8").trim());
  const place = ownedFolder(inside);
  if (canReach(place)) return place;
  rmdirSync(inside);
  const moved = join(systemStateDir(), `plumbline-${newId()}`);
  writeFileSync(marker, `${moved}\n`);
  notice(
    `${dir} lies below a folder closed to unprivileged users, so this server's files are in ${moved}.`,
  );
  return ownedFolder(moved);
}

/** Removes the folders of servers at any place below `dir`, wherever they have moved to. The servers must have stopped. */
export function removePlaces(dir: string): void {
  for (const marker of globSync("{,*/,*/*/,*/*/*/}moved-to", { cwd: dir })) {
    rmSync(readFileSync(join(dir, marker), "utf8").trim(), { recursive: true, force: true });
  }
  rmSync(dir, { recursive: true, force: true });
}

function ownedFolder(dir: string): Place & { account: Account } {
  if (!existsSync(dir)) mkdirSync(dir, { mode: 0o700 });
  const { uid, gid } = statSync(dir);
  const account = uid === 0 ? unprivilegedAccount() : { uid, gid };
  chownSync(dir, account.uid, account.gid);
  return { dir, account };
}

/** `nobody` exists everywhere; a `postgres` user, where there is one, is the more fitting owner. */
function unprivilegedAccount(): Account {
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = ["-u", "-g"].map((flag) =>
      Number(spawnSync("id", [flag, name], { encoding: "utf8" }).stdout),
    );
    if (uid && gid) return { uid, gid };
  }
  throw new AppError(
    "unavailable",
    "Postgres refuses to run as root, and this system has neither a postgres nor a nobody user",
    {
      remedy: "Run the command as an ordinary user, or set DATABASE_URL and REDIS_URL.",
    },
  );
}

/** Asks the kernel instead of reading modes: access lists and mount options count too. */
function canReach({ dir, account }: Place): boolean {
  return spawnSync("/bin/sh", ["-c", 'cd "$1"', "sh", dir], { ...account, cwd: "/" }).status === 0;
}

/** Survives a reboot where the system has it, which the temporary directory may not. */
function systemStateDir(): string {
  try {
    accessSync("/var/lib", constants.W_OK);
    return "/var/lib";
  } catch {
    return tmpdir();
  }
}

/** Whether the place's account can run this program (it may lie below a closed folder). */
export function canRun(program: string, account?: Account): boolean {
  return spawnSync(program, ["--version"], { ...account, cwd: "/" }).status === 0;
}

/** The generated secret kept in `file` (mode 0600), made on first use. */
export function secretIn(file: string): string {
  if (!existsSync(file)) writeFileSync(file, newSecret(24), { mode: 0o600, flag: "wx" });
  return readFileSync(file, "utf8").trim();
}

/** Gives a tree of files to the account that has to use it. */
export function giveTo(path: string, account?: Account): void {
  if (account) execFileSync("chown", ["-R", `${account.uid}:${account.gid}`, path]);
}

/** A server needs none of our variables, some of which are secrets that its account may not see. */
export const serverEnv = () => ({ PATH: process.env["PATH"], LANG: "C" });
