import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { completed, type LockFile, missingEntries } from "./lock-file.ts";

test("package-lock.json describes the packages of every platform (if not: npm run lock)", () => {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as LockFile;
  expect(Object.keys(missingEntries(lock))).toEqual([]);
});

test("a platform that the registry did not have is added, for that platform only", () => {
  const optionalDependencies = {
    "@x/tool-linux-x64-musl": "2.0.0",
    "@x/tool-darwin-arm64": "2.0.0",
    "@x/here": "1.0.0",
  };
  const lock: LockFile = {
    packages: {
      "node_modules/tool": { version: "2.0.0", dev: true, optionalDependencies },
      "node_modules/tool/node_modules/@x/here": { version: "1.0.0" },
    },
  };
  expect(missingEntries(lock)).toEqual({
    "node_modules/@x/tool-linux-x64-musl": {
      version: "2.0.0",
      cpu: ["x64"],
      dev: true,
      libc: ["musl"],
      optional: true,
      os: ["linux"],
    },
    "node_modules/@x/tool-darwin-arm64": {
      version: "2.0.0",
      cpu: ["arm64"],
      dev: true,
      optional: true,
      os: ["darwin"],
    },
  });
  expect(missingEntries(completed(lock))).toEqual({});
});
