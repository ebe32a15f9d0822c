import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

// A rule that cannot fail is worse than none: tools have gone silently green after an update. Each line plants one
// forbidden import in an otherwise empty house and expects exactly that finding.
const FORBIDDEN: [file: string, imports: string][] = [
  ["lib/core/a.ts", "#lib/db/sql.ts"],
  ["lib/core/a.ts", "pg"],
  ["lib/config/a.ts", "#lib/db/sql.ts"],
  ["lib/db/a.ts", "#lib/auth/x.ts"],
  ["lib/metrics/a.ts", "#lib/signals/define.ts"],
  ["lib/embedded/a.ts", "#lib/config/env.ts"],
  ["lib/samples/a.ts", "#lib/actions/x.ts"],
  ["lib/sources/postgres/a.ts", "#lib/signals/queries/read.ts"],
  ["lib/jobs/a.ts", "#lib/api/x.ts"],
  ["lib/live/a.ts", "#lib/api/x.ts"],
  ["lib/auth/a.ts", "#lib/api/x.ts"],
  ["lib/audit/a.ts", "#lib/actions/x.ts"],
  ["lib/actions/a.ts", "#lib/api/x.ts"],
  ["lib/actions/a.ts", "#lib/signals/queries/store.ts"],
  ["lib/api/a.ts", "#lib/signals/queries/store.ts"],
  ["lib/overview/a.ts", "#lib/signals/queries/read.ts"],
  ["lib/signals/queries/a.ts", "#lib/signals/caches/read.ts"],
  ["lib/signals/queries/a.ts", "../caches/read.ts"],
  ["lib/signals/queries/advisor/a.ts", "../../caches/read.ts"],
  ["lib/signals/queries/a.ts", "#lib/api/wrapper.ts"],
  ["lib/signals/queries/a.ts", "#lib/embedded/redis.ts"],
  ["lib/signals/queries/a.ts", "server-only"],
  ["lib/signals/queries/a.ts", "#components/ui/button.tsx"],
  ["lib/sources/redis/a.ts", "../../db/sql.ts"],
  ["components/ui/a.tsx", "#components/data/table.tsx"],
  ["components/data/a.tsx", "#components/signals/queries/screen.tsx"],
  ["components/data/a.tsx", "#lib/db/sql.ts"],
  ["components/signals/queries/a.tsx", "#lib/signals/queries/read.ts"],
  ["components/signals/queries/a.tsx", "#lib/signals/queries/search/page.ts"],
  ["components/signals/queries/a.tsx", "#lib/db/client.ts"],
  ["components/signals/queries/a.tsx", "#components/signals/caches/screen.tsx"],
  ["components/signals/queries/a.tsx", "../caches/screen.tsx"],
  ["components/signals/queries/a.tsx", "node:fs"],
  ["components/overview/a.tsx", "#components/signals/queries/screen.tsx"],
  ["components/settings/a.tsx", "#lib/auth/sessions.ts"],
  ["components/shell/a.tsx", "#lib/config/env.ts"],
  ["workers/a.ts", "#components/ui/button.tsx"],
  ["workers/a.ts", "#sandbox/main.ts"],
  ["app/a.ts", "#workers/main.ts"],
  ["app/a.ts", "#lib/embedded/postgres.ts"],
  ["app/(console)/queries/a.ts", "pg"],
  ["bin/commands/a.ts", "#components/ui/button.tsx"],
  ["sandbox/payments/a.ts", "#lib/db/sql.ts"],
  ["agent/src/a.ts", "#lib/core/time.ts"],
];

/** What the same places need every day. */
const ALLOWED: [file: string, imports: string][] = [
  ["lib/core/a.ts", "./errors.ts"],
  ["lib/sources/redis/a.ts", "../define.ts"],
  ["lib/auth/a.ts", "#lib/actions/define.ts"],
  ["lib/signals/queries/a.ts", "#lib/signals/define.ts"],
  ["lib/signals/queries/advisor/a.ts", "../schema.ts"],
  ["lib/api/a.ts", "#lib/signals/index.ts"],
  ["components/signals/queries/a.tsx", "#lib/signals/queries/schema.ts"],
  ["components/signals/queries/a.tsx", "#lib/signals/queries/search/grammar.ts"],
  ["components/signals/queries/a.tsx", "#components/data/table.tsx"],
  ["workers/a.ts", "#lib/signals/index.ts"],
  ["app/a.ts", "#lib/signals/queries/read.ts"],
  ["sandbox/a.ts", "#lib/embedded/postgres.ts"],
];

/** The other rules that the house relies on. */
const BROKEN: [rule: string, file: string, text: string][] = [
  [
    "import(no-cycle)",
    "lib/db/cycle-a.ts",
    `import { b } from "#lib/db/cycle-b.ts";\nexport const a = () => b;\n`,
  ],
  [
    "import(no-cycle)",
    "lib/db/cycle-b.ts",
    `import { a } from "./cycle-a.ts";\nexport const b = () => a;\n`,
  ],
  ["typescript(no-explicit-any)", "lib/core/any.ts", "export const a = (x: any): number => x;\n"],
  ["import(no-default-export)", "lib/core/default.ts", "const a = 1;\nexport default a;\n"],
  ["eslint(no-console)", "lib/core/console.ts", "console.log(1);\nexport const a = 1;\n"],
  ["eslint(no-warning-comments)", "lib/core/later.ts", "// TODO: later\nexport const a = 1;\n"],
  ["eslint(max-lines)", "lib/core/long.ts", "export const a = [\n" + "  1,\n".repeat(300) + "];\n"],
  ["vitest(no-focused-tests)", "lib/core/only.test.ts", testFile("test.only")],
  ["vitest(no-disabled-tests)", "lib/core/skip.test.ts", testFile("test.skip")],
];

const RESTRICTED = "eslint(no-restricted-imports)";
const ROOT = resolve(import.meta.dirname, "../..");
const house = mkdtempSync(join(tmpdir(), "plumbline-arch-"));
let found: { code: string; filename: string }[] = [];

beforeAll(() => {
  for (const file of ["oxlint.config.ts", "package.json", "tsconfig.json"])
    cpSync(join(ROOT, file), join(house, file));
  symlinkSync(join(ROOT, "node_modules"), join(house, "node_modules"));
  for (const [i, [file, imports]] of FORBIDDEN.entries())
    plant(numbered(file, "bad", i), starImport(imports));
  for (const [i, [file, imports]] of ALLOWED.entries())
    plant(numbered(file, "good", i), starImport(imports));
  for (const [, file, text] of BROKEN) plant(file, text);
  plant("lib/core/type.ts", `import type { X } from "#lib/db/sql.ts";\nexport type Y = X;\n`);
  plant("lib/core/lazy.ts", `export const y = () => import("#lib/db/sql.ts");\n`);
  plant("lib/core/through.ts", `export { x } from "#lib/db/sql.ts";\n`);
  const oxlint = join(ROOT, "node_modules/oxlint/bin/oxlint");
  const folders = readdirSync(house, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const { stdout } = spawnSync(
    process.execPath,
    [oxlint, "-f", "json", ...folders.map(({ name }) => name)],
    {
      cwd: house,
      encoding: "utf8",
    },
  );
  found = (JSON.parse(stdout) as { diagnostics: typeof found }).diagnostics;
});
afterAll(() => rmSync(house, { recursive: true }));

/** The names of the rules that `file` breaks. */
const findings = (file: string): string[] =>
  found.filter(({ filename }) => filename === file).map(({ code }) => code);

test.each(FORBIDDEN.map((row, i) => [...row, i] as const))(
  "%s may not import %s",
  (file, _imports, i) => {
    expect(findings(numbered(file, "bad", i))).toEqual([RESTRICTED]);
  },
);

test.each(ALLOWED.map((row, i) => [...row, i] as const))(
  "%s may import %s",
  (file, _imports, i) => {
    expect(findings(numbered(file, "good", i))).toEqual([]);
  },
);

test.each(["type", "lazy", "through"])("an import is also found as %s", (name) => {
  expect(findings(`lib/core/${name}.ts`)).toEqual([RESTRICTED]);
});

test.each(BROKEN)("%s is on: %s", (rule, file) => {
  expect(findings(file)).toEqual([rule]);
});

function plant(file: string, text: string): void {
  mkdirSync(dirname(join(house, file)), { recursive: true });
  writeFileSync(join(house, file), text);
}

/** A file of its own for each line, so that one oxlint run serves all. */
function numbered(file: string, kind: string, i: number): string {
  return file.replace(/a\.(tsx?)$/, `${kind}-${i}.$1`);
}

function starImport(from: string): string {
  return `import * as x from "${from}";\nexport const y = x;\n`;
}

function testFile(call: string): string {
  return `import { expect, test } from "vitest";\n${call}("a", () => expect(1).toBe(1));\n`;
}
