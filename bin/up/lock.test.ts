import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { refOf } from "#lib/embedded/process.ts";
import { takeLock } from "./lock.ts";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "plumbline-lock-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const lock = () => join(home, "lock.json");

test("the second to ask is told who has it, and can have it afterwards", () => {
  const release = takeLock(home);
  expect(() => takeLock(home)).toThrow(`already running here (process ${process.pid}`);
  release();
  takeLock(home)();
  expect(readdirSync(home)).toEqual([]);
});

test("a lock whose process is gone is taken over", async () => {
  const gone = spawn(process.execPath, ["-e", "0"]);
  const ref = refOf(gone.pid ?? 0);
  await new Promise((resolve) => gone.on("exit", resolve));
  writeFileSync(lock(), JSON.stringify(ref));
  takeLock(home);
  expect(existsSync(lock())).toBe(true);
});

test("a lock whose number now belongs to another process is taken over", () => {
  writeFileSync(lock(), JSON.stringify({ pid: process.pid, identity: "an earlier boot:1" }));
  expect(() => takeLock(home)).not.toThrow();
});

test("a lock that a crash left half-written is taken over", () => {
  writeFileSync(lock(), '{"pid":');
  expect(() => takeLock(home)).not.toThrow();
});
