import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPlaywright, readVitest, type Counts } from "./counts.ts";

export interface Stage {
  name: string;
  /** Programs and their arguments, one after the other; the first that fails ends the stage. */
  commands: string[][];
  env?: Record<string, string>;
  /** Reads the tests' own report; a stage without one counts as one check. */
  counts?: () => Counts | null;
}

const reports = mkdtempSync(join(tmpdir(), "plumbline-reports-"));
mkdirSync(reports, { recursive: true });

/** What is quick and needs no service: `npm run verify`. */
export const QUICK: Stage[] = [
  { name: "format", commands: [["oxfmt", "--check"]] },
  { name: "lint and import rules", commands: [["oxlint"]] },
  vitest("import rules' canaries", "arch"),
  {
    name: "types",
    commands: [
      ["next", "typegen"],
      ["tsc", "--noEmit"],
    ],
  },
  vitest("unit", "unit"),
];

/** All of `npm test`. */
export const ALL: Stage[] = [
  ...QUICK,
  { name: "dead code", commands: [["knip", "--no-progress"]] },
  {
    name: "alert rules",
    commands: [
      ["promtool", "check", "rules", "deploy/prometheus/rules.yml"],
      ["promtool", "test", "rules", "deploy/prometheus/rules.test.yml"],
    ],
  },
  vitest("integration", "integration"),
  endToEnd(),
];

function vitest(name: string, project: string): Stage {
  const report = join(reports, `${project}.json`);
  return {
    name,
    commands: [
      [
        "vitest",
        "run",
        "--project",
        project,
        "--reporter=default",
        "--reporter=json",
        `--outputFile=${report}`,
      ],
    ],
    counts: () => readVitest(report),
  };
}

function endToEnd(): Stage {
  const report = join(reports, "e2e.json");
  return {
    name: "end to end",
    commands: [["playwright", "test", "--reporter=list,json"]],
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: report },
    counts: () => readPlaywright(report),
  };
}
