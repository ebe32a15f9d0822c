import { defineConfig, type OxlintOverride } from "oxlint";

/** Folders of lib by level. A folder may import from its own level and from those below, never upwards. */
const FOUNDATION = ["core", "config", "db", "metrics"];
const PLATFORM = [...FOUNDATION, "samples", "sources", "jobs", "auth", "audit"];
const lib = (...folders: string[]): string[] => folders.map((folder) => `#lib/${folder}/**`);

/** What stands beside the signals' folders: the contracts and the registry. A signal's inside is private to it. */
const REGISTRY = "#lib/signals/*.ts";
/** How browser-safe code asks our own API, and the forms of its answers. */
const API_CLIENT = ["#lib/api/client.ts", "#lib/api/schema.ts"];
/** Contracts are types and small helpers: whoever fulfils one may import it, whatever its level. */
const CONTRACTS = "#lib/*/define.ts";
/** The two files of a signal or view that are safe in a browser, and the language of a search, which its field highlights. */
const BROWSER_SAFE = [
  "#lib/signals/nav.ts",
  "#lib/signals/*/search/grammar.ts",
  ...["signals/*", "overview", "audit", "auth", "actions", "live", "api"].flatMap((folder) => [
    `#lib/${folder}/schema.ts`,
    `#lib/${folder}/client.ts`,
  ]),
];
const SHARED_COMPONENTS = ["#components/ui/**", "#components/data/**", ...lib("core")];
const SERVER_PACKAGES = ["node:*", "pg", "ioredis", "bullmq", "@prisma/**", "pino", "prom-client"];

interface Layer {
  folder: string;
  /** The `#` imports allowed here; all others are errors. */
  may: string[];
  /** Packages that are errors here. */
  not?: string[];
}

// "Imports point down only." tests/arch breaks each of these once, because a rule that cannot fail is worse than none.
const LAYERS: Layer[] = [
  {
    folder: "lib/core",
    may: [],
    not: ["react", "next", "next/*", "pg", "ioredis", "bullmq", "@prisma/**"],
  },
  { folder: "lib/config", may: lib("core", "config") },
  { folder: "lib/db", may: lib("core", "config", "db") },
  { folder: "lib/metrics", may: lib(...FOUNDATION) },
  { folder: "lib/embedded", may: lib("core", "embedded") },
  ...PLATFORM.slice(FOUNDATION.length).map((name) => ({
    folder: `lib/${name}`,
    may: [...lib(...PLATFORM), CONTRACTS, ...API_CLIENT],
  })),
  { folder: "lib/actions", may: [...lib(...PLATFORM, "actions"), REGISTRY] },
  { folder: "lib/live", may: [...lib(...PLATFORM, "live"), REGISTRY] },
  { folder: "lib/api", may: [...lib(...PLATFORM, "actions", "live", "api"), REGISTRY] },
  {
    folder: "lib/overview",
    may: [...lib(...PLATFORM, "actions", "overview"), REGISTRY, ...API_CLIENT],
  },
  { folder: "lib/signals/*", may: [...lib(...PLATFORM, "actions"), REGISTRY, ...API_CLIENT] },
  { folder: "components/ui", may: ["#components/ui/**", ...lib("core")], not: SERVER_PACKAGES },
  { folder: "components/data", may: [...SHARED_COMPONENTS, ...BROWSER_SAFE], not: SERVER_PACKAGES },
  {
    folder: "components/signals/*",
    may: [...SHARED_COMPONENTS, ...BROWSER_SAFE],
    not: SERVER_PACKAGES,
  },
  ...["overview", "settings", "audit", "shell", "auth"].map((name) => ({
    folder: `components/${name}`,
    may: ["#components/**", "!#components/signals/**", ...BROWSER_SAFE, ...lib("core")],
    not: SERVER_PACKAGES,
  })),
  { folder: "workers", may: ["#workers/**", "#lib/**", "!#lib/embedded/**"] },
  {
    folder: "app",
    may: ["#components/**", "#lib/**", "!#lib/embedded/**"],
    not: ["pg", "ioredis", "bullmq", "@prisma/**"],
  },
  // `npm test` starts there, so it may ask what the tests need.
  { folder: "bin", may: ["#lib/**", "#tests/support/**"] },
  { folder: "sandbox", may: ["#sandbox/**", ...lib("core", "embedded")] },
  { folder: "agent", may: [], not: ["next", "next/*", "@prisma/**", "react"] },
];

/** The import rule of a layer for its files `depth` folders below it: "../" may not leave the layer's folder. */
function importRule({ folder, may, not = [] }: Layer, depth: number): OxlintOverride {
  const exceptions = may.map((path) => (path.startsWith("!") ? path.slice(1) : `!${path}`));
  const patterns = [
    {
      group: ["#*/**", ...exceptions],
      message: `${folder} may not import this: imports point down only (see LAYERS in oxlint.config.ts).`,
    },
    {
      group: [`${"../".repeat(depth + 1)}**`, "!**/package.json"],
      message: `Leave ${folder} by a # import.`,
    },
    { group: ["server-only", ...not], message: `${folder} may not use this package.` },
  ];
  return {
    files: [`${folder}/${"*/".repeat(depth)}*.{ts,tsx}`],
    rules: { "no-restricted-imports": ["error", { patterns }] },
  };
}

export default defineConfig({
  plugins: [
    "eslint",
    "typescript",
    "unicorn",
    "oxc",
    "import",
    "react",
    "jsx-a11y",
    "nextjs",
    "promise",
    "vitest",
  ],
  categories: { correctness: "error", suspicious: "error" },
  ignorePatterns: ["lib/db/generated/**"],
  rules: {
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "off",
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "no-console": "error",
    "no-warning-comments": ["error", { terms: ["todo", "fixme", "xxx"] }],
    "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
    "vitest/expect-expect": ["error", { assertFunctionNames: ["expect", "expect*", "fc.assert"] }],
    "vitest/require-mock-type-parameters": "off",
    // Helpers that several tests share expect things too.
    "vitest/no-standalone-expect": "off",
    "vitest/no-focused-tests": "error",
    "vitest/no-disabled-tests": "error",
    // The JSX transform imports React itself.
    "react/react-in-jsx-scope": "off",
    // pg is CommonJS: its names hang on the default export.
    "import/no-named-as-default-member": "off",
    "no-underscore-dangle": "off",
    // A small helper reads best beside its only use.
    "unicorn/consistent-function-scoping": "off",
    "import/no-unassigned-import": ["error", { allow: ["**/*.css"] }],
    // A scrollable region must take focus, and needs a role with a name for that.
    "jsx-a11y/no-noninteractive-tabindex": "off",
    "jsx-a11y/prefer-tag-over-role": "off",
  },
  overrides: [
    ...LAYERS.flatMap((layer) => [0, 1, 2, 3].map((depth) => importRule(layer, depth))),
    // Next and the tools ask for default exports.
    {
      files: [
        "app/**",
        "*.config.{ts,js}",
        "tests/support/global-setup.ts",
        "tests/support/e2e-product.ts",
      ],
      rules: { "import/no-default-export": "off" },
    },
    // Programs for a terminal.
    { files: ["bin/**", "bench/**", "tests/**"], rules: { "no-console": "off" } },
  ],
});
