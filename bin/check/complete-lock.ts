import { readFileSync, writeFileSync } from "node:fs";
import { completed, type LockFile, missingEntries } from "./lock-file.ts";

const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as LockFile;
const names = Object.keys(missingEntries(lock));
if (names.length > 0)
  writeFileSync("package-lock.json", `${JSON.stringify(completed(lock), null, 2)}\n`);
console.log(names.length === 0 ? "package-lock.json is complete." : `Added:\n${names.join("\n")}`);
