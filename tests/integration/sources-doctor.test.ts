import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SourceReport } from "#lib/sources/doctor.ts";
import { createEmptyDatabase, type TestDatabase } from "#tests/support/postgres.ts";
import { createRedis, type TestRedis } from "#tests/support/redis.ts";

let database: TestDatabase;
let redis: TestRedis;
let dir: string;

beforeAll(async () => {
  [database, redis] = await Promise.all([createEmptyDatabase(), createRedis()]);
  dir = mkdtempSync(join(tmpdir(), "plumbline-doctor-"));
});
afterAll(async () => {
  rmSync(dir, { recursive: true });
  await Promise.all([database.drop(), redis.close()]);
});

/** Runs the command as a person would, in an empty folder with nothing but the sources' variables. */
function doctor(yaml: string, ...args: string[]) {
  writeFileSync(join(dir, "plumbline.yaml"), yaml);
  const ran = spawnSync(process.execPath, [join(process.cwd(), "bin/cli.ts"), "doctor", ...args], {
    cwd: dir,
    env: {
      NODE_ENV: "test",
      PATH: process.env.PATH,
      ORDERS_DB: database.url,
      SUPERUSER: database.adminUrl,
      ORDERS_REDIS: redis.url,
    },
    encoding: "utf8",
  });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

const GOOD = `sources:
  - name: orders-db
    kind: postgres
    url: \${ORDERS_DB}
  - name: orders-queues
    kind: bullmq
    url: \${ORDERS_REDIS}
`;

describe("plumbline doctor", () => {
  it("ends with 0 when nothing required is missing", () => {
    const { code, out, err } = doctor(GOOD);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^orders-db {2}postgres {2}18\./);
    expect(out).toContain("orders-queues  bullmq");
    expect(out).not.toContain(new URL(database.url).password);
  });

  it("answers in JSON, for the sources asked for", () => {
    const { code, out } = doctor(GOOD, "--json", "orders-queues");
    const report = JSON.parse(out) as { ok: boolean; sources: SourceReport[] };
    expect(code).toBe(0);
    expect(report.ok).toBe(true);
    expect(report.sources.map(({ name, ok }) => [name, ok])).toEqual([["orders-queues", true]]);
    expect(out).not.toContain(new URL(redis.url).password);
  });

  it("ends with 1 and the grant when something required is missing", () => {
    const { code, out } = doctor(
      "sources:\n  - name: db\n    kind: postgres\n    url: ${SUPERUSER}\n",
    );
    expect(code).toBe(1);
    expect(out).toContain("CREATE ROLE plumbline LOGIN");
    expect(out).toContain("Not ready: 1 required missing");
  });

  it("ends with 1 when a source cannot be reached, and still examines the others", () => {
    const { code, out } = doctor(
      `${GOOD}  - name: gone\n    kind: redis\n    url: redis://127.0.0.1:1\n`,
    );
    expect(code).toBe(1);
    expect(out).toContain("cannot be reached (refused)");
    expect(out).toContain("Ready");
  });

  it("ends with 2 and the line when the file is wrong", () => {
    const { code, out } = doctor(GOOD.replace("kind: bullmq", "kind: bullmqs"));
    expect(code).toBe(2);
    expect(out).toContain(
      "plumbline.yaml:6: sources[1].kind: expected one of postgres, redis, bullmq, bullmq_postgres, got 'bullmqs'",
    );
  });

  it("ends with 2 when a named source or file does not exist", () => {
    expect(doctor(GOOD, "orders-bd")).toMatchObject({
      code: 2,
      err: expect.stringContaining("Did you mean orders-db?"),
    });
    expect(doctor(GOOD, "--file", "other.yaml")).toMatchObject({
      code: 2,
      out: expect.stringContaining("other.yaml:1: the file does not exist"),
    });
    expect(doctor("# nothing\n")).toMatchObject({
      code: 2,
      out: expect.stringContaining("No sources are configured"),
    });
  });
});
