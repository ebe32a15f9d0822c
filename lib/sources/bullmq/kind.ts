import { z } from "zod";
import type { SourceDefinition } from "../define.ts";
import { BullmqConnection } from "./connect.ts";
import { probeBullmq } from "./probe.ts";

const prefixes = z
  .array(z.string().min(1), { error: "expected a list of key prefixes, such as [bull]" })
  .min(1)
  .nullable()
  .default(null);

export const bullmqSource: SourceDefinition<"bullmq"> = {
  kind: "bullmq",
  title: "BullMQ queues",
  defaultIntervalMs: 15_000,
  schemes: ["redis", "rediss"],
  urlExample: "redis://user:password@host:6379/0",
  yamlKeys: { prefixes },
  options: (yaml) => ({ prefixes: prefixes.parse(yaml.prefixes) }),
  connect: (config, cost) => new BullmqConnection(config.url, config.options.prefixes, cost),
  probe: probeBullmq,
};
