import type { SourceDefinition } from "../define.ts";
import { RedisConnection } from "./connect.ts";
import { probeRedis } from "./probe.ts";

export const redisSource: SourceDefinition<"redis"> = {
  kind: "redis",
  title: "Redis or Valkey",
  defaultIntervalMs: 15_000,
  schemes: ["redis", "rediss"],
  urlExample: "redis://user:password@host:6379/0",
  yamlKeys: {},
  options: () => ({}),
  connect: (config, cost) => new RedisConnection(config.url, cost),
  probe: probeRedis,
};
