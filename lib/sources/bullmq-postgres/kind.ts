import { z } from "zod";
import type { SourceDefinition } from "../define.ts";
import { allowSuperuser } from "../postgres/kind.ts";
import { BullmqPostgresConnection } from "./connect.ts";
import { probeBullmqPostgres } from "./probe.ts";

const schemas = z
  .array(z.string().min(1), { error: "expected a list of schemas, such as [bullmq]" })
  .min(1)
  .nullable()
  .default(null);

export const bullmqPostgresSource: SourceDefinition<"bullmq_postgres"> = {
  kind: "bullmq_postgres",
  title: "BullMQ queues on PostgreSQL",
  defaultIntervalMs: 15_000,
  schemes: ["postgres", "postgresql"],
  urlExample: "postgres://user:password@host:5432/database",
  yamlKeys: { schemas, allow_superuser: allowSuperuser },
  options: (yaml) => ({
    schemas: schemas.parse(yaml.schemas),
    allowSuperuser: yaml.allow_superuser === true,
  }),
  connect: (config, cost) => new BullmqPostgresConnection(config.url, config.options.schemas, cost),
  probe: probeBullmqPostgres,
};
