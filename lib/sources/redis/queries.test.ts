import { describe, expect, it } from "vitest";
import { parseClientList, RedisInfo } from "./queries.ts";

describe("INFO", () => {
  const info = new RedisInfo(
    "# Server\r\nredis_version:7.2.4\r\nvalkey_version:8.0.1\r\nexecutable:/usr/bin:x\r\n\r\n# Stats\r\nkeyspace_hits:12\r\nempty:\r\n" +
      "cmdstat_get:calls=3,usec=10,usec_per_call=3.33\r\ncmdstat_client|list:calls=1,usec=2\r\ndb0:keys=5,expires=1,avg_ttl=0\r\n",
  );

  it("gives numbers and texts, and null for what is not there", () => {
    expect(info.number("keyspace_hits")).toBe(12);
    expect(info.text("executable")).toBe("/usr/bin:x");
    expect(info.number("keyspace_misses")).toBeNull();
    expect(info.number("empty")).toBeNull();
    expect(info.number("executable")).toBeNull();
  });

  it("gives fields of fields", () => {
    expect([...info.groups("cmdstat_")]).toEqual([
      ["get", { calls: "3", usec: "10", usec_per_call: "3.33" }],
      ["client|list", { calls: "1", usec: "2" }],
    ]);
    expect(info.groups("db").get("0")).toEqual({ keys: "5", expires: "1", avg_ttl: "0" });
  });

  it("knows Valkey, which also reports a Redis version", () => {
    expect(info.server).toEqual({ product: "Valkey", version: "8.0.1" });
    expect(new RedisInfo("redis_version:6.2.7\r\n").server).toEqual({
      product: "Redis",
      version: "6.2.7",
    });
    expect(new RedisInfo("").server).toBeNull();
  });
});

describe("CLIENT LIST", () => {
  it("keeps names with an equals sign whole", () => {
    const [named, bare] = parseClientList(
      "id=3 addr=127.0.0.1:1 name=bull:bWFpbA== age=7 idle=1 cmd=bzpopmin lib-name=ioredis lib-ver=5.9.0\nid=4 addr=127.0.0.1:2 name= age= idle=x cmd=\n",
    );
    expect(named).toEqual({
      id: "3",
      name: "bull:bWFpbA==",
      addr: "127.0.0.1:1",
      command: "bzpopmin",
      library: "ioredis 5.9.0",
      ageSeconds: 7,
      idleSeconds: 1,
    });
    expect(bare).toMatchObject({ name: "", library: null, ageSeconds: null, idleSeconds: null });
  });
});
