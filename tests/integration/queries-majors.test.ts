import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { look } from "#lib/signals/queries/snapshot.ts";
import { planStatement } from "#lib/signals/queries/plan/plan.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { installedPostgres, startInstalledPostgres } from "#tests/support/installed-postgres.ts";
import { Application, collectOnce, openTarget, startTarget } from "./queries-target.ts";

/** The server that comes with us, and every other major this machine has. */
const servers = [
  { server: "the embedded server", start: embedded },
  ...installedPostgres().map((bin) => ({ server: bin, start: () => startInstalledPostgres(bin) })),
];

async function embedded() {
  const { adminUrl, stop } = await (await startTarget()).start();
  return { url: adminUrl, stop };
}

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.close());

describe.each(servers)("statements of $server", ({ server, start }) => {
  let source: OpenSource<"postgres">;
  let app: Application;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const started = await start();
    stop = started.stop;
    app = new Application(started.url);
    await app.send("create extension if not exists pg_stat_statements");
    await app.send("create table payment (id int primary key, note text)");
    source = await openTarget(server, started.url);
    await collectOnce(source);
  });
  afterAll(async () => {
    await source.conn.close();
    await stop();
  });

  test("are counted exactly, whatever columns the extension has", async () => {
    await app.send("select note from payment where id = 7", 5);
    const { working, difference, server: reading } = await collectOnce(source);
    const found = working.find((each) => each.text === "select note from payment where id = $1");
    expect(found?.counters[0]).toBe(5);
    expect(difference).toMatchObject({ kind: "continued", deallocs: 0 });
    expect(Object.values(reading.databases).some((each) => each.activeMs !== null)).toBe(true);
  });

  test("are planned without their values", async () => {
    const awkward =
      "select note from payment where id = $1 and now() - interval $2 < $3 and extract($4 from now()) = $5 limit $6";
    expect(await planStatement(source.conn, awkward)).toMatchObject({
      ok: true,
      tree: { "Node Type": "Limit" },
    });
  });

  test("are read in one consistent look", async () => {
    const { snapshot } = await look(source.conn);
    expect(snapshot).toMatchObject({ complete: true, statsReset: expect.any(Number) });
    expect(snapshot.takenAt).toBeGreaterThan(snapshot.startedAt);
  });
});
