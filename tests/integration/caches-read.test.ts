import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ground, openGround } from "#tests/support/access.ts";
import { detailOf, list } from "./caches-target.ts";
import { table, tell } from "./caches-told.ts";

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.close());

describe("the list", () => {
  beforeAll(async () => {
    await tell("shop-db", [
      {
        kind: "database",
        key: "database:shop",
        main: true,
        now: { hits: 900, misses: 100, read_ms: 50 },
      },
      { kind: "database", key: "database:other", now: { hits: 10, misses: 0, read_ms: 0 } },
      table("orders", 100, 900),
      table("lines", 500, 500),
      table("idle", 0, 0),
      {
        kind: "index",
        key: "index:public.orders_pkey",
        parent: "table:public.orders",
        now: { hits: 50, misses: 50 },
      },
    ]);
    await tell("shop-cache", [
      { kind: "redis", key: "redis", main: true, now: { hits: 300, misses: 100 } },
    ]);
  });

  const keys = async (params: Record<string, unknown>) =>
    (await list(params)).rows.map(({ key }) => key.replace(/.*[:.]/, ""));

  it("is sorted by what is read, most first", async () => {
    const { rows, total, sources, nextCursor } = await list({});
    expect(rows.map(({ key }) => key)).toEqual([
      "table:public.orders",
      "table:public.lines",
      "redis",
      "database:shop",
      "index:public.orders_pkey",
      "database:other",
      "table:public.idle",
    ]);
    expect({ total, sources, nextCursor }).toEqual({
      total: 7,
      sources: ["shop-cache", "shop-db"],
      nextCursor: null,
    });
    expect(rows[0]!).toMatchObject({ hits: 1500, misses: 13_500, ratio: 0.1, missesPerSecond: 15 });
  });

  it.each([
    ["ratio", "asc", ["orders", "orders_pkey", "lines", "redis", "shop", "other", "idle"]],
    ["ratio", "desc", ["other", "shop", "redis", "orders_pkey", "lines", "orders", "idle"]],
    ["read_time", "desc", ["shop", "redis", "other", "orders_pkey", "idle", "lines", "orders"]],
    ["name", "asc", ["idle", "lines", "orders", "orders_pkey", "other", "redis", "shop"]],
    ["source", "asc", ["redis", "other", "shop", "orders_pkey", "idle", "lines", "orders"]],
  ])("by %s %s, unknown last", async (sort, dir, expected) => {
    expect(await keys({ sort, dir })).toEqual(expected);
  });

  it.each(["name", "source", "ratio", "lookups", "misses", "read_time", "evicted"])(
    "pages by %s hold each cache once, both ways",
    async (sort) => {
      for (const dir of ["asc", "desc"]) {
        const whole = await keys({ sort, dir });
        const paged: string[] = [];
        let cursor: string | null = null;
        do {
          const page: Awaited<ReturnType<typeof list>> = await list({
            sort,
            dir,
            limit: 2,
            ...(cursor && { cursor }),
          });
          paged.push(...page.rows.map(({ key }) => key.replace(/.*[:.]/, "")));
          cursor = page.nextCursor;
        } while (cursor);
        expect(paged).toEqual(whole);
      }
    },
  );

  it.each([
    [{ source: "shop-cache" }, ["redis"]],
    [{ kind: "table" }, ["orders", "lines", "idle"]],
    [{ parent: "table:public.orders" }, ["orders_pkey"]],
    [{ main: "true" }, ["redis", "shop"]],
    [{ q: "ORD" }, ["orders", "orders_pkey"]],
    [{ q: "%" }, []],
  ])("narrowed by %j", async (params, expected) => {
    expect(await keys(params)).toEqual(expected);
    expect((await list(params)).total).toBe(expected.length);
  });

  it("refuses a cursor that is none of its own", async () => {
    const { nextCursor } = await list({ sort: "name", limit: 2 });
    for (const cursor of ["nonsense", nextCursor!])
      await expect(list({ sort: "misses", cursor })).rejects.toMatchObject({ code: "bad_request" });
    await expect(list({ range: "soon" })).rejects.toMatchObject({ code: "bad_request" });
  });

  it("draws at most 31 points, with gaps where nothing was asked", async () => {
    const { rows } = await list({ range: "15m" });
    const spark = (key: string) => rows.find((row) => row.key === key)?.spark ?? [];
    expect(spark("table:public.orders").length).toBeLessThanOrEqual(31);
    expect(new Set(spark("table:public.orders"))).toContain(0.1);
    expect(spark("table:public.idle").filter((value) => value !== null)).toEqual([]);
  });

  it("a page about one of them tells the time before, too", async () => {
    const detail = await detailOf({ name: "shop-cache" }, "redis", "15m");
    expect(detail).toMatchObject({ hits: 4500, misses: 1500, before: { hits: 0, misses: 0 } });
    await expect(detailOf({ name: "shop-cache" }, "table:gone")).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(detailOf({ name: "nowhere" }, "redis")).rejects.toMatchObject({
      code: "not_found",
    });
  });
});
