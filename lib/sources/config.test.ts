import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ConfigError, isConfigError } from "#lib/config/issues.ts";
import { readGrants } from "./bullmq-postgres/schemas.ts";
import { queueActionRules, serverRules, setUser } from "./redis/acl.ts";
import { loadSources, parseSources, sourcePaths } from "./config.ts";

const file = (text: string, name = "plumbline.yaml") => ({ name, text });

/** The message of the error a text leads to. */
function messageOf(text: string, variables: Record<string, string> = {}): string {
  try {
    parseSources([file(text)], variables);
  } catch (error) {
    return (error as ConfigError).message;
  }
  throw new Error("the text was accepted");
}

const COMPLETE = `# what we watch
sources:
  - name: payments-db
    kind: postgres
    url: \${PAYMENTS_DB}
    labels: { service: payments, tier: 1 }
    interval: 30s
    allow_superuser: true
  - name: cache
    kind: redis
    url: redis://cache:6379/0
  - name: queues
    kind: bullmq
    url: rediss://\${USER:-plumbline}:\${PASS}@queues:6379
    prefixes: [bull, "{mail}"]
`;
const ENV = { PAYMENTS_DB: "postgres://u:p@db/payments", PASS: "s3cr3t" };

describe("a valid file", () => {
  it("becomes source configurations with defaults per kind", () => {
    expect(parseSources([file(COMPLETE)], ENV)).toEqual([
      {
        name: "payments-db",
        kind: "postgres",
        url: "postgres://u:p@db/payments",
        labels: { service: "payments", tier: "1" },
        intervalMs: 30_000,
        options: { allowSuperuser: true },
      },
      {
        name: "cache",
        kind: "redis",
        url: "redis://cache:6379/0",
        labels: {},
        intervalMs: 15_000,
        options: {},
      },
      {
        name: "queues",
        kind: "bullmq",
        url: "rediss://plumbline:s3cr3t@queues:6379",
        labels: {},
        intervalMs: 15_000,
        options: { prefixes: ["bull", "{mail}"] },
      },
    ]);
  });

  it("may hold comments only", () => {
    expect(parseSources([file("# nothing yet\n")], {})).toEqual([]);
  });

  it("merges with others", () => {
    const one = file("sources:\n  - { name: a, kind: redis, url: 'redis://a' }\n", "a.yaml");
    const two = file("sources:\n  - { name: b, kind: redis, url: 'redis://b' }\n", "b.yaml");
    expect(parseSources([one, two], {}).map((source) => source.name)).toEqual(["a", "b"]);
  });

  it("writes $${ for a plain ${", () => {
    const text =
      "sources:\n  - name: a\n    kind: redis\n    url: redis://a\n    labels: { service: '$${x}' }\n";
    expect(parseSources([file(text)], {})[0]?.labels).toEqual({ service: "${x}" });
  });
});

const source = (line: string) =>
  `sources:\n  - name: a\n    kind: redis\n    url: redis://a\n    ${line}\n`;

describe("an error names file, line, path and what was expected", () => {
  it.each([
    [
      source("interval: often"),
      "plumbline.yaml:5: sources[0].interval: expected a duration such as 10s, got 'often'",
    ],
    [
      source("interval: 10"),
      "plumbline.yaml:5: sources[0].interval: expected a duration such as 10s, got 10",
    ],
    [
      source("interval: 5ms"),
      "plumbline.yaml:5: sources[0].interval: expected a duration from 1s to 1h, got '5ms'",
    ],
    [
      source("intervall: 10s"),
      "plumbline.yaml:5: sources[0].intervall: unknown key: did you mean interval?",
    ],
    [
      source("zzz: 1"),
      "plumbline.yaml:5: sources[0].zzz: unknown key: expected one of name, labels, kind, url, interval",
    ],
    [
      source("allow_superuser: true"),
      "plumbline.yaml:5: sources[0].allow_superuser: unknown key: expected one of name, labels, kind, url, interval",
    ],
    [
      source("labels: { Service: x }"),
      "plumbline.yaml:5: sources[0].labels.Service: expected label names like service, team or tier",
    ],
    [
      source("labels: [a]"),
      "plumbline.yaml:5: sources[0].labels: expected a map of labels, such as service: payments, got a list",
    ],
    [
      "sources:\n  - name: a\n    url: redis://a\n",
      "plumbline.yaml:2: sources[0].kind: expected one of postgres, redis, bullmq, bullmq_postgres, got nothing",
    ],
    [
      "sources:\n\n  - hello\n",
      "plumbline.yaml:3: sources[0]: expected a source with name, kind and url, got 'hello'",
    ],
    [
      "source: []\n",
      "plumbline.yaml:1: sources: expected a list of sources, got nothing\nplumbline.yaml:1: source: unknown key: did you mean sources?",
    ],
    ["sources: 3\n", "plumbline.yaml:1: sources: expected a list of sources, got 3"],
    [
      "sources:\n  - a: [\n",
      "plumbline.yaml:3: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    ["sources: *gone\n", "plumbline.yaml:1: there is no anchor &gone"],
  ])("%j", (text, message) => {
    expect(messageOf(text)).toBe(message);
  });

  it("reports every issue of a file at once", () => {
    expect(
      messageOf("sources:\n  - name: a\n    kind: redis\n    url: 3\n    interval: x\n").split(
        "\n",
      ),
    ).toHaveLength(2);
  });

  it("names the missing variable and its line", () => {
    expect(messageOf(source("labels:\n      team: ${TEAM_NAME}"))).toBe(
      "plumbline.yaml:6: the environment variable TEAM_NAME is not set",
    );
  });

  it("takes an empty variable for a missing one", () => {
    expect(messageOf(source("interval: ${EVERY}"), { EVERY: "" })).toBe(
      "plumbline.yaml:5: the environment variable EVERY is not set",
    );
  });

  it("refuses a name that is used twice, also across files", () => {
    const one = file("sources:\n  - { name: a, kind: redis, url: 'redis://a' }\n", "one.yaml");
    const two = file("\nsources:\n  - { name: a, kind: redis, url: 'redis://b' }\n", "two.yaml");
    expect(() => parseSources([one, two], {})).toThrow(
      'two.yaml:3: sources[0].name: the name "a" is already used at one.yaml:2',
    );
  });
});

describe("secrets", () => {
  it.each([
    [
      "a literal URL of the wrong kind",
      "sources:\n  - name: a\n    kind: postgres\n    url: mysql://root:CANARY@h/d\n",
    ],
    ["a URL from the environment", "sources:\n  - name: a\n    kind: redis\n    url: ${SECRET}\n"],
    [
      "a variable where something else belongs",
      "sources:\n  - name: a\n    kind: redis\n    url: redis://a\n    interval: ${SECRET}\n",
    ],
    [
      "a variable behind an alias",
      "sources:\n  - name: &x ${SECRET}\n    kind: redis\n    url: redis://a\n    interval: *x\n",
    ],
    ["a URL in the place of a source", "sources:\n  - postgres://u:CANARY@h/d\n"],
    [
      "a URL in the place of a key",
      "sources:\n  - name: a\n    kind: redis\n    url: redis://a\n    redis://u:CANARY@h/d: 1\n",
    ],
    ["broken YAML behind a password", 'sources:\n  - url: "postgres://u:CANARY@h/d\n'],
  ])("are not in the message of %s", (_what, text) => {
    expect(messageOf(text, { SECRET: "CANARY value" })).not.toContain("CANARY");
  });
});

/** null when the text is accepted; anything but a `ConfigError` is thrown on. */
function issuesOf(text: string): ConfigError["issues"] | null {
  try {
    parseSources([file(text)], { A: "value" });
    return null;
  } catch (error) {
    if (isConfigError(error)) return error.issues;
    throw error;
  }
}

describe("any input", () => {
  const fragment = fc.constantFrom(
    "sources:", "  - ", "name: a", "kind: postgres", "kind: bullmq", "url: redis://x", "${A}", "${B:-c}", "${", "$${", "&a ", "*a", "? ", "|", ">",
    "{", "}", "[", "]", ": ", "\n", "\n    ", "\t", "'", '"', "#", "---\n", "!!binary x", "__proto__: 1", "<<: *a", "labels:", "prefixes:", "interval: 1s", "\0", "é😀",
  ); // prettier-ignore
  const yamlish = fc
    .array(fc.oneof(fragment, fc.string({ maxLength: 6 })), { maxLength: 30 })
    .map((parts) => parts.join(""));

  it("is accepted or refused with a line of the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), yamlish), (text) => {
        const lines = text.split("\n").length;
        const issues = issuesOf(text);
        return (
          issues === null ||
          (issues.length > 0 && issues.every(({ line }) => line >= 1 && line <= lines))
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("plumbline.example.yaml", () => {
  const text = readFileSync("plumbline.example.yaml", "utf8");

  it("is valid once its variables are set", () => {
    const names = [...text.matchAll(/^    url: \$\{(\w+)\}/gm)].map((found) => found[1] ?? "");
    const variables = Object.fromEntries(
      names.map((name) => [name, name.includes("DATABASE") ? "postgres://h/d" : "redis://h"]),
    );
    const kinds = parseSources([file(text)], variables).map((one) => one.kind);
    expect(kinds).toEqual(["postgres", "redis", "bullmq", "bullmq_postgres"]);
  });

  it.each([
    ["caches", setUser("plumbline", [], serverRules)],
    ["queues", setUser("plumbline", ["~bull:*"], queueActionRules)],
    ["queues on Postgres", readGrants(["bullmq"], "plumbline")],
  ])("asks for the rights that %s need, as the doctor does", (_what, rule) => {
    expect(text.replaceAll(/\s*\n\s*#\s+/g, " ")).toContain(rule);
  });
});

describe("files", () => {
  it("that are missing are skipped unless required", async () => {
    expect(await loadSources(["/nonexistent/plumbline.yaml"], {})).toEqual([]);
    await expect(loadSources(["/nonexistent/plumbline.yaml"], {}, true)).rejects.toThrow(
      "/nonexistent/plumbline.yaml:1: the file does not exist",
    );
  });

  it("are named with colons between them", () => {
    expect(sourcePaths("a.yaml::b.yaml")).toEqual(["a.yaml", "b.yaml"]);
  });
});
