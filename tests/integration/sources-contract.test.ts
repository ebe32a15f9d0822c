import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { measureCost } from "#lib/sources/cost.ts";
import { type SourceConfig, sourceKinds } from "#lib/sources/define.ts";
import type { SourceError } from "#lib/sources/errors.ts";
import { inspectSource, openSource } from "#lib/sources/index.ts";
import { fixtures, type SourceFixture } from "#tests/support/source-fixtures.ts";

const ID = "00000000-0000-4000-8000-000000000001";

describe.each(sourceKinds)("a %s source", (kind) => {
  let fixture: SourceFixture;
  let config: SourceConfig;

  beforeAll(async () => {
    fixture = await fixtures[kind]();
    config = fixture.config;
  });
  beforeEach(() => fixture.proxy.set("none"));
  afterAll(() => fixture.close());

  const failedRead = (conn: unknown): Promise<SourceError> =>
    fixture.read(conn).then(
      () => Promise.reject(new Error("the read succeeded")),
      (failure: SourceError) => failure,
    );

  it("opens with what it is, what it can do, and what that cost", async () => {
    const source = await openSource(config, ID);
    await source.conn.close();
    expect(source).toMatchObject({
      id: ID,
      name: config.name,
      kind,
      labels: { service: "orders" },
    });
    expect(source.serverVersion).toMatch(/^\d+\.\d+/);
    expect([...source.capabilities]).toContain("version");
    expect(source.cost.statements + source.cost.commands).toBeGreaterThan(0);
    expect(source.cost.targetMs).toBeGreaterThan(0);
    expect(source.cost.bytes).toBeGreaterThan(0);
  });

  it("needs no more than the rights its guide asks for", async () => {
    const { capabilities } = await inspectSource(config);
    const missing = capabilities.filter((one) => one.needed === "required" && one.ok !== true);
    expect(missing).toEqual([]);
  });

  it("prints grants that work exactly as printed", async () => {
    const bare = await fixture.bare();
    const before = await inspectSource(bare);
    const missing = before.capabilities.filter(
      (one) => one.ok === false && one.needed === "required" && one.grant,
    );
    expect(missing.length).toBeGreaterThan(0);
    for (const one of missing) await fixture.apply(one.grant ?? "");
    const after = await inspectSource(bare);
    expect(
      after.capabilities.filter((one) => one.needed === "required" && one.ok !== true),
    ).toEqual([]);
  });

  it("names every capability once, with a sentence, and a grant only where something is missing", async () => {
    const { capabilities } = await inspectSource(await fixture.bare());
    expect(new Set(capabilities.map((one) => one.id)).size).toBe(capabilities.length);
    for (const one of capabilities) expect(one.detail).not.toBe("");
    expect(capabilities.filter((one) => one.ok === true && one.grant)).toEqual([]);
  });

  it("tells what one piece of work cost, apart from the rest", async () => {
    const source = await openSource(config, ID);
    const { cost } = await measureCost(() => fixture.read(source.conn));
    await source.conn.close();
    expect(cost.statements + cost.commands).toBe(1);
    expect(cost.bytes).toBeGreaterThan(0);
  });

  it("leaves no connection behind", async () => {
    const source = await openSource(config, ID);
    expect(await fixture.connections()).toBe(1);
    await source.conn.close();
    await expect.poll(() => fixture.connections()).toBe(0);
    await expect(fixture.read(source.conn)).rejects.toMatchObject({ code: "source_error" });
  });

  it("gives up on a server that went silent, drops its sockets, and recovers by itself", async () => {
    const source = await openSource(config, ID);
    await fixture.proxy.set("hang");
    await expect(fixture.read(source.conn)).rejects.toMatchObject({ reason: "timeout" });
    await expect.poll(() => fixture.proxy.connections()).toBe(0);
    await expect(fixture.read(source.conn)).rejects.toMatchObject({ reason: "timeout" });
    await fixture.proxy.set("none");
    await fixture.read(source.conn);
    await source.conn.close();
  });

  it("gives up on a server that is silent from the start", async () => {
    await fixture.proxy.set("hang");
    await expect(openSource(config, ID)).rejects.toMatchObject({ reason: "timeout" });
    await expect.poll(() => fixture.proxy.connections()).toBe(0);
  });

  it("can be closed while the server is silent", async () => {
    const source = await openSource(config, ID);
    await fixture.proxy.set("hang");
    const read = fixture.read(source.conn).catch((error: unknown) => error);
    await source.conn.close();
    expect(await read).toMatchObject({ code: "source_error" });
    await expect.poll(() => fixture.proxy.connections()).toBe(0);
  });

  it.each(["reset", "down"] as const)("says why when the network fails with %s", async (fault) => {
    const source = await openSource(config, ID);
    await fixture.proxy.set(fault);
    expect((await failedRead(source.conn)).reason).toMatch(/unreachable|refused/);
    const again = await failedRead(source.conn);
    expect(again.reason).toBe(fault === "down" ? "refused" : "unreachable");
    await fixture.proxy.set("none");
    await fixture.read(source.conn);
    await source.conn.close();
  });

  it.each([
    ["hangs up", ""],
    ["speaks HTTP", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"],
  ])("is told apart from a server that %s", async (_what, answer) => {
    const other = createServer((socket) => socket.on("error", () => {}).end(answer));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const url = new URL(config.url);
    url.port = String((other.address() as AddressInfo).port);
    const error = await openSource({ ...config, url: url.href }, ID).catch(
      (failure: unknown) => failure,
    );
    other.close();
    expect(error).toMatchObject({
      code: "source_error",
      reason: expect.stringMatching(/^(unreachable|protocol)$/),
    });
  });

  it("works over a slow network", async () => {
    await fixture.proxy.set({ latencyMs: 50 });
    const source = await openSource(config, ID);
    await source.conn.close();
    expect(source.capabilities.has("version")).toBe(true);
  });

  it("reports a refused login without the password", async () => {
    const wrong = fixture.withPassword("CANARY");
    const error: SourceError = await openSource(wrong, ID).then(
      () => Promise.reject(new Error("the login was accepted")),
      (failure: SourceError) => failure,
    );
    expect(error.reason).toBe("auth_failed");
    expect(error.message).not.toContain("CANARY");
  });
});
