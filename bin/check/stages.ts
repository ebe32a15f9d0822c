import { join } from "node:path";
import { readPlaywright, readVitest, type Counts } from "./counts.ts";

export interface Stage {
  name: string;
  /** Programs and their arguments, one after the other; the first that fails ends the stage. */
  commands: string[][];
  env?: Record<string, string>;
  /** The tests' own report; a stage without one counts as one check. */
  report?: { file: string; read: (file: string) => Counts | null };
}

const REPORTS = join(import.meta.dirname, "../../node_modules/.cache/plumbline");

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
  const file = join(REPORTS, `${project}.json`);
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
        `--outputFile=${file}`,
      ],
    ],
    report: { file, read: readVitest },
  };
}

function endToEnd(): Stage {
  const file = join(REPORTS, "e2e.json");
  return {
    name: "end to end",
    commands: [["playwright", "test", "--reporter=list,json"]],
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: file },
    report: { file, read: readPlaywright },
  };
}
